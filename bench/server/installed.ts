// The engine as people start it: `npm start`, which keeps it alive, with the embedded PostgreSQL in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../engine/database/embedded/free-port.ts';
import { answerParent } from '../processes/parent.ts';

export type Installed = { port: number; secret: string };

const root = path.join(import.meta.dirname, '..', '..');
const [, , folder = ''] = process.argv;
const secret = randomBytes(32).toString('hex');
const firstAnswerWithinMs = 60_000;
const askAgainMs = 3;

let npm: ChildProcess | undefined;
let port = 0;
/** The pid of the engine, below npm and its keep-alive, once it has started. */
let enginePid: number | undefined;

/** @returns the address, once the engine answers */
async function startNpm(environment: Record<string, string> = {}): Promise<Installed> {
  port ||= await findFreePort();
  const env = {
    ...process.env,
    SESSION_SECRET: secret,
    INTERNAL_API_KEY: secret,
    WORKSPACE_BASE_PATH: folder,
    SANDBOX: 'memory',
    MOCK_STEP_DELAY_MS: '0',
    HOST: '127.0.0.1',
    PORT: String(port),
    NODE_ENV: 'production',
    ...environment,
  };
  npm = spawn('npm', ['start', '--silent'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  createInterface({ input: npm.stdout as NonNullable<ChildProcess['stdout']> }).on('line', noteLine);
  await waitUntilServing();
  return { port, secret };
}

function noteLine(line: string): void {
  const entry = JSON.parse(line) as { msg: string; pid?: number };
  if (entry.msg === 'engine.started') enginePid = entry.pid;
}

/** Resolves at the first 200 of `/ready`: sessions can be made from here on. */
async function waitUntilServing(): Promise<void> {
  const deadlineMs = performance.now() + firstAnswerWithinMs;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    if (npm?.exitCode !== null) throw new Error('`npm start` ended by itself.');
    if (performance.now() > deadlineMs) throw new Error(`It did not answer within ${firstAnswerWithinMs} ms.`);
    await sleep(askAgainMs);
  }
}

/** Kills the engine alone, as a crash would, which its keep-alive then starts again. */
function killEngine(): void {
  if (!enginePid) throw new Error('No engine has said that it started.');
  const pid = enginePid;
  enginePid = undefined;
  process.kill(pid, 'SIGKILL');
}

/** Resolves when none of its processes runs any more; the folder keeps its data. */
async function stopNpm(): Promise<void> {
  if (npm?.pid === undefined || npm.exitCode !== null) return;
  const ended = once(npm, 'exit');
  process.kill(-npm.pid, 'SIGTERM');
  await ended;
}

const answers = { start: startNpm, kill: killEngine, serves: waitUntilServing, stop: stopNpm };
export type InstalledAnswers = typeof answers;

answerParent(answers, stopNpm);
