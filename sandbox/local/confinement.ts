// Confines a session's commands with bubblewrap: they can write only to what is the session's own.
import { existsSync, openSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import type { OpenedHost } from '../../schema/thread.ts';
import { OutboundProxy } from '../outbound/outbound-proxy.ts';
import { type Account, accountOf, giveFolders, writeAccountFiles } from './account.ts';
import {
  buildConfiningArguments,
  type ConfinementLayout,
  confinedPaths,
  type HiddenPath,
  networkArguments,
  outboundScript,
  proxyPort,
  type TopEntry,
} from './bubblewrap.ts';
import { runFolderPrefix } from './leftovers.ts';
import type { LocalFolders } from './local-folders.ts';
import { listOperatorFiles } from './operator-files.ts';
import { ripgrepPath } from './ripgrep.ts';
import { buildSeccompFilter } from './seccomp.ts';
import { findToolchains } from './toolchains.ts';

/** A confined session's temporary files are in memory; a compiler needs a part of this. */
const localTemporaryBytesMax = 512 * 1024 * 1024;
/** A confined session has as much shared memory in /dev/shm as Docker gives a container. */
const localSharedBytesMax = 64 * 1024 * 1024;

export type StartCommand = {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** The process inherits this descriptor as its fourth, and has a pipe for reports as its fifth; the caller closes its own copy. */
  descriptor?: number;
};

/** The paths by which a session's commands know its own folders. */
export type CommandPaths = {
  root: string;
  home: string;
  state: string;
  temporary: string;
  /** The folder of the engine's search program, where it has one. */
  search?: string | undefined;
};

export interface Confinement {
  readonly isConfined: boolean;
  commandPathsOf(folders: LocalFolders): CommandPaths;
  /** The owner of a session's files; undefined for the engine's own account. */
  accountOf(folders: LocalFolders): Account | undefined;
  /** Makes folders ready for commands. */
  prepare(folders: LocalFolders): Promise<void>;
  /** Builds the command line that starts bash for a session. */
  buildCommand(folders: LocalFolders, bash: string[]): Promise<StartCommand>;
  /** Ends what the confinement runs beside the shells: its outbound proxy. */
  close(): Promise<void>;
}

/** Runs commands as they are, where bubblewrap isn't usable. */
export const unconfined: Confinement = {
  isConfined: false,
  commandPathsOf: (folders) => ({ ...folders, search: ripgrepPath && path.dirname(ripgrepPath) }),
  accountOf: () => undefined,
  prepare: async () => undefined,
  buildCommand: async (_, [command = 'bash', ...args]) => ({ command, args, env: {} }),
  close: async () => undefined,
};

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The git proxy's name for confined commands, which reach it through the outbound proxy. */
export const gitProxyHostname = 'git.lucid.internal';

/** What confined commands reach beside the public internet. */
export type OutboundOptions = {
  /** The git proxy's socket; without it `gitProxyHostname` leads nowhere. */
  gitProxySocket?: string | undefined;
  openedHosts?: readonly OpenedHost[];
};

/**
 * Works on a machine where `findConfinementProblem` has found no problem.
 * @param engineFolders folders that a session must not even read: the other sessions' workspaces, the database
 */
export async function openConfinement(engineFolders: string[], outbound: OutboundOptions = {}): Promise<Confinement> {
  const { gitProxySocket, openedHosts = [] } = outbound;
  const folder = await mkdtemp(path.join(tmpdir(), runFolderPrefix()));
  const socketPath = path.join(folder, 'proxy.sock');
  const sockets = new Map(gitProxySocket === undefined ? [] : [[gitProxyHostname, gitProxySocket]]);
  const proxy = await OutboundProxy.open({ socketPath, sockets, openedHosts });
  const filter = await writeSeccompFilter(folder);
  const findAccount = (folders: LocalFolders) => (isRoot() ? accountOf(folders.root) : undefined);
  return {
    isConfined: true,
    commandPathsOf: () => ({ ...confinedPaths, search: confinedPaths.programs }),
    accountOf: findAccount,
    prepare: async (folders) => {
      const number = findAccount(folders);
      if (number === undefined) return;
      await giveFolders(number, [folders.root, folders.home, folders.state]);
      await writeAccountFiles(number, folders.own, confinedPaths.home);
    },
    buildCommand: async (folders, bash) => {
      const number = findAccount(folders);
      const names = { passwd: path.join(folders.own, 'passwd'), group: path.join(folders.own, 'group') };
      const closedHome = number === undefined ? undefined : findClosedHome();
      const hidden = findHidden([...engineFolders, ...listOperatorFiles()]);
      const layout = {
        ...folders,
        ripgrep: ripgrepPath,
        closedHome,
        topEntries: listTopEntries(),
        hidden: closedHome ? hidden.filter((one) => !isInside(one.path, closedHome.path)) : hidden,
        account: number === undefined ? undefined : { number, ...names },
        temporaryBytes: localTemporaryBytesMax,
        sharedBytes: localSharedBytesMax,
      };
      const confined = [...buildConfiningArguments(layout), ...bash];
      const args = [
        ...networkArguments,
        'bash',
        '--noprofile',
        '--norc',
        '-c',
        outboundScript,
        'bash',
        socketPath,
        ...confined,
      ];
      return { command: 'bwrap', args, env: environment, descriptor: openSync(filter, 'r') };
    },
    close: async () => {
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function writeSeccompFilter(folder: string): Promise<string> {
  const file = path.join(folder, 'filter');
  await writeFile(file, buildSeccompFilter() ?? '');
  return file;
}

const proxyUrl = `http://127.0.0.1:${proxyPort}`;
/** Programs find the outbound proxy by these variables. */
const environment = {
  ...Object.fromEntries(
    ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) =>
      [name, name.toUpperCase()].map((spelling) => [spelling, proxyUrl]),
    ),
  ),
  no_proxy: 'localhost,127.0.0.1,::1',
  NO_PROXY: 'localhost,127.0.0.1,::1',
  NODE_USE_ENV_PROXY: '1',
  GIT_SSH_COMMAND: `ssh -o ProxyCommand='socat - PROXY:127.0.0.1:%h:%p,proxyport=${proxyPort}'`,
};

function listTopEntries(): TopEntry[] {
  return readdirSync('/', { withFileTypes: true }).map((entry) => ({
    name: entry.name,
    leadsTo: entry.isSymbolicLink() ? readlinkSync(`/${entry.name}`) : undefined,
    isFolder: entry.isDirectory(),
  }));
}

const isInside = (at: string, folder: string) => at === folder || at.startsWith(`${folder}/`);

/** The home of root, with the toolchains in it; undefined where it has none. */
function findClosedHome(): ConfinementLayout['closedHome'] {
  const home = realpathSync(homedir());
  const shown = findToolchains().flatMap(({ folder }) => (isInside(folder, home) ? folder : []));
  return home === '/' || shown.length === 0 ? undefined : { path: home, shown };
}

/** Lists the paths that exist, by their real names, without those below folders that aren't shown anyway. */
function findHidden(paths: string[]): HiddenPath[] {
  const found = ['/var/tmp', ...paths].filter((at) => existsSync(at)).map((at) => realpathSync(at));
  const shown = found.filter((at) => !/^\/(tmp|run|proc|dev|workspace|lucid)(\/|$)/.test(at));
  return [...new Set(shown)].sort().map((at) => ({ path: at, isFolder: statSync(at).isDirectory() }));
}
