// Runs commands and programs beside the open shell of a container, each in a process of its own.
import { randomBytes } from 'node:crypto';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { ProcessOptions, RunOptions, RunResult, SandboxProcess } from '../sandbox.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { CommandOutput } from '../shell/command-output.ts';
import type { KillProcesses } from '../shell/open-shell.ts';
import { programLine } from '../shell/program-line.ts';
import type { Guest } from './guest.ts';

/** A guest kills a command in 10 ms, a fork bomb in a second; one that takes longer isn't there any more. */
export const killTimeoutMs = 2_500;

export async function runGuestCommand(
  guest: Guest,
  text: string,
  { timeoutMs, signal, onOutput }: RunOptions,
  kill: KillProcesses,
): Promise<Outcome<RunResult>> {
  const output = new CommandOutput();
  const readChunk = (chunk: Buffer) => {
    output.add(chunk);
    onOutput?.(chunk);
  };
  const mark = randomBytes(8).toString('hex');
  const startedAtMs = performance.now();
  const running = guest.runSeparate({ text, mark, onOutput: readChunk, timeoutMs: timeoutMs + killTimeoutMs });
  const ended = await waitWithin(running, timeoutMs, signal);
  if (typeof ended === 'object') {
    return ended.ok ? succeeded({ kind: 'exited', output: output.toText(), exitCode: ended.value }) : ended;
  }
  await kill({ mark, ageMs: Math.ceil(performance.now() - startedAtMs), shellPid: 0 });
  await waitWithin(running, limits.killPatienceMs);
  if (ended === 'cancelled') return succeeded({ kind: 'cancelled', output: output.toText() });
  return succeeded({ kind: 'timedOut', output: output.toText(), limitMs: timeoutMs });
}

/** Starts a program that is spoken with; it ends with the guest at the latest. */
export function startGuestProcess(guest: Guest, { program, folder, ...options }: ProcessOptions): SandboxProcess {
  const mark = randomBytes(8).toString('hex');
  const { write, ended } = guest.runPiped({ ...options, mark, program: programLine(program, folder) });
  return {
    write,
    ended,
    kill: async () => {
      await guest.request({ op: 'endMarked', mark }, killTimeoutMs);
    },
  };
}
