// A command in a process of its own, whose output nothing else can be in: for tools, beside the session's shell.
import type { ChildProcess } from 'node:child_process';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { KeptOutput } from '../output.ts';
import type { RunOptions, RunResult } from '../sandbox.ts';
import { within } from '../within.ts';

/** @param end ends it with all that it started */
export async function runApart(
  child: ChildProcess,
  { timeoutMs, signal, onOutput }: RunOptions,
  end: () => Promise<void>,
): Promise<Outcome<RunResult>> {
  const output = new KeptOutput();
  for (const stream of [child.stdout, child.stderr])
    stream
      ?.on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        output.add(chunk);
        onOutput?.(chunk);
      });
  child.stdin?.on('error', () => undefined).end();
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null)).once('close', (code, name) => resolve(name ? 137 : code));
  });
  const how = await within(ended, timeoutMs, signal);
  if (how === null) return failed('sandboxFailed', 'The command could not be started on this machine.');
  if (typeof how === 'number') return succeeded({ kind: 'exited', output: output.text(), exitCode: how });
  await end();
  if (how === 'cancelled') return succeeded({ kind: 'cancelled', output: output.text() });
  return succeeded({ kind: 'timedOut', output: output.text(), limitMs: timeoutMs });
}
