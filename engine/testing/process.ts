// A real engine in a process of its own, which a test can kill as a crash would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { addressesOf, environmentOf } from './engine.ts';

export type EngineProcess = {
  http: string;
  ws: string;
  pid: number;
  /** All that it has printed, its log and whatever else. */
  output(): string;
  /** Asks it to end, as an operator does, and waits. */
  stop(): Promise<void>;
  /** Ends it at once, without a word. */
  kill(): Promise<void>;
};

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Resolves when it listens. @throws when it ends instead */
export async function startEngineProcess(
  databaseUrl: string,
  environment: Record<string, string>,
): Promise<EngineProcess> {
  const env = { ...process.env, ...environmentOf(databaseUrl), ...environment };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stderr.pipe(process.stderr, { end: false });
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  const stop = () => end('SIGTERM');
  const kill = () => end('SIGKILL');
  process.once('exit', () => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const started = new Promise<number>((resolve) => {
    lines.on('line', (line) => {
      const entry = JSON.parse(line) as { msg: string; port: number };
      if (entry.msg === 'engine.started') resolve(entry.port);
    });
  });
  const port = await Promise.race([started, ended.then(([code]) => Promise.reject(new Error(`It ended: ${code}.`)))]);
  const output = () => Buffer.concat(printed).toString();
  return { ...addressesOf(port), pid: child.pid ?? 0, output, stop, kill };
}
