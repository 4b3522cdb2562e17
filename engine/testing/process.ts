// A real engine in a process of its own, which a test can kill as a crash would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { engineFlags } from '../setup/engine-flags.mjs';
import { engineAddressesOf, testEnvironmentOf } from './engine.ts';

export type EngineProcess = {
  pid: number;
  port: number;
  http: string;
  ws: string;
  /** All that the engine has printed, its log included. */
  output(): string;
  /** Resolves with the exit code; null where a signal ended the engine. */
  ended: Promise<number | null>;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Sends SIGTERM, on which the engine drains; resolves with the exit code. */
  terminate(): Promise<number | null>;
};

const ownFolder = fileURLToPath(new URL('../..', import.meta.url));

export type ProcessPlace = {
  /** A program, with its parameters, that starts the engine in a place of its own. */
  prefix?: readonly string[];
  /** The checkout whose engine it is; this one by default. */
  checkout?: string;
};

/** Resolves once the engine listens. @param flags more flags of Node @throws where the engine ends instead */
export async function startEngineProcess(
  databaseUrl: string,
  environment: Record<string, string>,
  flags: readonly string[] = [],
  { prefix = [], checkout = ownFolder }: ProcessPlace = {},
): Promise<EngineProcess> {
  const env = { ...process.env, ...testEnvironmentOf(databaseUrl), ...environment };
  const main = path.join(checkout, 'engine', 'main.ts');
  const [program = '', ...parameters] = [...prefix, process.execPath, ...engineFlags, ...flags, main];
  const child = spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr.pipe(process.stderr, { end: false });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => {
    process.off('exit', killAtExit);
    return code ?? null;
  });
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      if (!line.startsWith('{')) return; // A package may print, too.
      const entry = JSON.parse(line) as { msg: string; port: number };
      if (entry.msg === 'engine.started') resolve(entry.port);
    });
  });
  const port = await Promise.race([
    started,
    ended.then((code) => Promise.reject(new Error(`The engine ended: ${code}.`))),
  ]);
  const kill = async () => void (await end('SIGKILL'));
  const output = () => Buffer.concat(printed).toString();
  return {
    pid: child.pid ?? 0,
    port,
    ...engineAddressesOf(port, environment.HOST),
    output,
    ended,
    kill,
    terminate: () => end('SIGTERM'),
  };
}
