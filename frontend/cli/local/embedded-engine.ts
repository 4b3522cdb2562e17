// An engine of this repository for one task: a process of its own on a free port, with a storage folder that goes with it.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { signDevelopmentToken } from '../../../schema/rules/development-token.ts';
import type { Context } from '../context.ts';
import { EndError, exitCodes } from '../exit-codes.ts';
import { escapeLine } from '../show/escape-text.ts';
import { findRepository } from './find-repository.ts';

export type EmbeddedEngine = { url: string; token: string; stop(): Promise<void> };

/** The first start also fetches what the engine needs. */
const startTimeoutMs = 300_000;
/** How long it may take to drain. */
const stopTimeoutMs = 30_000;
const tokenHours = 24;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Lines of a failed start that are shown. */
const shownLinesMax = 10;

/** @throws EndError where there is none to start, or it doesn't start */
export async function startEmbeddedEngine({ env, now, note }: Context): Promise<EmbeddedEngine> {
  const root = findRepository();
  if (root === undefined)
    throw new EndError(
      exitCodes.usage,
      '--local starts the engine of its repository, which is not here: clone it and run `npx lucid` in it, or name an engine with --url.',
    );
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-local-'));
  const secret = randomBytes(32).toString('hex');
  const environment = {
    ...env,
    DATABASE_URL: '', // An embedded one; empty goes before what `.env` says.
    HOST: '127.0.0.1',
    PORT: '0',
    SESSION_SECRET: secret,
    WORKSPACE_BASE_PATH: folder,
    LOG_LEVEL: 'info',
    NODE_ENV: 'development',
  };
  const child = spawn(process.execPath, ['engine/setup/bootstrap.mjs', 'engine/main.ts'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // A Ctrl-C at the terminal is for the turn, not for the engine.
  });
  const ended = once(child, 'exit');
  // Whatever ends this command ends the engine first; who follows a session meanwhile hears the same signals.
  const interrupting = new AbortController();
  const interrupt = () => interrupting.abort();
  for (const signal of signals) process.on(signal, interrupt);
  note('Starting an engine for this task.');
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
    for (const signal of signals) process.off(signal, interrupt);
  };
  try {
    const port = await waitForPort(child, ended, interrupting.signal);
    const token = await signDevelopmentToken({ user: 'local', hours: tokenHours }, secret, now());
    return { url: `http://127.0.0.1:${port}`, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Child = ReturnType<typeof spawn>;

/** Reads the engine's log until it listens. */
async function waitForPort(child: Child, ended: Promise<unknown[]>, interrupted: AbortSignal): Promise<number> {
  const said: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const port = new Promise<number>((resolve, reject) => {
    const fail = (why: string) =>
      reject(new EndError(exitCodes.failed, [`The engine did not start: ${why}`, ...said.map(escapeLine)].join('\n')));
    timer = setTimeout(() => fail(`it took longer than ${startTimeoutMs / 1_000} s.`), startTimeoutMs);
    void ended.then(() => fail('it ended.'));
    const giveUp = () => reject(new EndError(exitCodes.interrupted, 'Interrupted before the engine had started.'));
    if (interrupted.aborted) giveUp();
    interrupted.addEventListener('abort', giveUp);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (said.length > shownLinesMax) said.shift();
        const found = portOf(line);
        if (found !== undefined) resolve(found);
      });
    }
  });
  return port.finally(() => clearTimeout(timer));
}

function portOf(line: string): number | undefined {
  try {
    const { msg, port } = JSON.parse(line) as { msg?: unknown; port?: unknown };
    return msg === 'engine.started' && typeof port === 'number' ? port : undefined;
  } catch {
    return undefined; // What the setup says is no JSON.
  }
}
