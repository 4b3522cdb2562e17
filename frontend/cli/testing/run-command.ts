// The command `lucid` as a process, with an environment of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

export const launcher = path.join(import.meta.dirname, '../lucid.mjs');

export type Ran = { code: number | null; stdout: string; stderr: string };

type RunSettings = { env?: Record<string, string>; input?: string; cwd?: string };

/** What a process needs, and nothing of the machine's own settings. */
export const environmentOf = (env: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  XDG_CONFIG_HOME: '/nonexistent',
  ...env,
});

/** Where nothing listens. */
export async function findClosedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

export async function runCommand(args: readonly string[], { env, input, cwd }: RunSettings = {}): Promise<Ran> {
  const child = spawn(process.execPath, [launcher, ...args], { env: environmentOf(env), cwd });
  child.stdin.on('error', () => undefined); // It may have ended before it read all.
  child.stdin.end(input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, stdout, stderr };
}
