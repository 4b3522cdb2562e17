// Turns a command's end in an open shell into its result for the caller. Pure.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { RunResult } from '../sandbox.ts';
import type { ShellRun } from './open-shell.ts';

/** A command that ends bash by `exit` has exited like any other; a broken connection is a failure. */
export function runResultOf({ end, output }: ShellRun, limitMs: number): Outcome<RunResult> {
  const text = output.toText();
  if (end.kind === 'timedOut') return succeeded({ kind: 'timedOut', output: text, limitMs });
  if (end.kind === 'cancelled') return succeeded({ kind: 'cancelled', output: text });
  if (end.exitCode === null) return failed('sandboxFailed', 'The connection to the sandbox broke during the command.');
  return succeeded({ kind: 'exited', output: text, exitCode: end.exitCode });
}
