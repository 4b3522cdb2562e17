// Runs a tool's command in a process of its own beside the session's shell, so that nothing else is in its output.
import type { ChildProcess } from 'node:child_process';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { RunOptions, RunResult } from '../sandbox.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { CommandOutput } from '../shell/command-output.ts';

/** @param kill ends the process with all that it started */
export async function runSeparateProcess(
  child: ChildProcess,
  { timeoutMs, signal, onOutput }: RunOptions,
  kill: () => Promise<void>,
): Promise<Outcome<RunResult>> {
  const output = new CommandOutput();
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
  const end = await waitWithin(ended, timeoutMs, signal);
  if (end === null) return failed('sandboxFailed', 'The command could not be started on this machine.');
  if (typeof end === 'number') return succeeded({ kind: 'exited', output: output.toText(), exitCode: end });
  await kill();
  if (end === 'cancelled') return succeeded({ kind: 'cancelled', output: output.toText() });
  return succeeded({ kind: 'timedOut', output: output.toText(), limitMs: timeoutMs });
}
