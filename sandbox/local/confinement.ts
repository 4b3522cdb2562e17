// Confines a session's shell with bubblewrap where that is there: it can write to its own workspace only.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { SandboxRuntimeConfig } from '@anthropic-ai/sandbox-runtime';
import { operatorFiles } from './operator-files.ts';
import { mayBeReached } from './reach.ts';

const run = promisify(execFile);

/** A command line to start, with its environment. */
export type Start = { command: string; args: string[] };

export interface Confinement {
  readonly isConfined: boolean;
  /** How to start bash for a session. @param folders its own: all that it may write to, and of the engine's all it may read */
  start(folders: string[], bash: string[]): Promise<Start>;
  /** Ends what the confinement runs beside the shells: its network proxies. */
  close(): Promise<void>;
}

/** As it is where bubblewrap isn't usable. */
export const unconfined: Confinement = {
  isConfined: false,
  start: async (_, [command = 'bash', ...args]) => ({ command, args }),
  close: async () => undefined,
};

const triesMax = 3;
const retryMs = 200;

/**
 * Whether bubblewrap works here (it is there, and the kernel lets us make namespaces), with what sandbox-runtime needs
 * beside it. Asked once for an engine's life: a host that was told so and can't confine has no sandboxes, rather than
 * unconfined ones. What is there and fails is tried again, since a busy machine can be out of processes for a moment.
 */
export async function isConfinementAvailable(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  for (let tries = 1; tries <= triesMax; tries++) {
    const problem = await problemOfConfining();
    if (!problem) return true;
    if (problem.code === 'ENOENT') return false;
    await delay(retryMs);
  }
  return false;
}

async function problemOfConfining(): Promise<NodeJS.ErrnoException | undefined> {
  const works = run('bwrap', ['--ro-bind', '/', '/', '--dev', '/dev', '--unshare-pid', '--unshare-net', 'true']);
  return Promise.all([works, run('socat', ['-V']), run('rg', ['--version'])]).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error,
  );
}

/** The git gateway's name for confined commands: they have a network of their own, and its proxy is the one way out. */
export const gatewayHostname = 'git.lucid.internal';

/**
 * Where `isConfinementAvailable`.
 * @param engineFolders what a session must not even read: the other sessions' workspaces, the database
 * @param gatewaySocket where the proxy takes what is for `gatewayHostname`; without it nothing has that name
 */
export async function openConfinement(engineFolders: string[], gatewaySocket?: string): Promise<Confinement> {
  const { SandboxManager } = await import('@anthropic-ai/sandbox-runtime'); // A tenth of a second of CPU: only where it is used.
  const denyRead = [...engineFolders, ...operatorFiles()];
  const gateway = gatewaySocket && { mitmProxy: { socketPath: gatewaySocket, domains: [gatewayHostname] } };
  const base: SandboxRuntimeConfig = {
    network: { allowedDomains: [], deniedDomains: [], ...gateway },
    filesystem: { denyRead, allowWrite: [], denyWrite: [] },
  };
  await SandboxManager.initialize(base, async ({ host }) => mayBeReached(host));
  return {
    isConfined: true,
    start: async (folders, bash) => {
      const filesystem = { denyRead, allowRead: folders, allowWrite: folders, denyWrite: [] };
      const line = await SandboxManager.wrapWithSandbox(bash.join(' '), 'bash', { ...base, filesystem });
      return { command: 'bash', args: ['-c', `exec ${line}`] };
    },
    close: () => SandboxManager.reset(),
  };
}
