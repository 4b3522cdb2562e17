// Runs commands and programs in processes of their own beside the session's shell, so that nothing else is in their output.
import type { ChildProcess } from 'node:child_process';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ProcessOptions, RunOptions, RunResult, SandboxProcess } from '../sandbox.ts';
import { waitWithin } from '../scheduling/wait-within.ts';
import { CommandOutput } from '../shell/command-output.ts';
import { type StartedProcess, startsMax } from './started-process.ts';

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
  const ended = endOf(child);
  const end = await waitWithin(ended, timeoutMs, signal);
  if (end === null) return failed('sandboxFailed', 'The command could not be started on this machine.');
  if (typeof end === 'number') return succeeded({ kind: 'exited', output: output.toText(), exitCode: end });
  await kill();
  if (end === 'cancelled') return succeeded({ kind: 'cancelled', output: output.toText() });
  return succeeded({ kind: 'timedOut', output: output.toText(), limitMs: timeoutMs });
}

/** What a program may leave unread of its input before it is ended. */
const inputBytesMax = 8 * 1024 * 1024;

/** @param kill ends the process with all that it started */
export function speakWithProcess(
  child: ChildProcess,
  { onOutput, onErrorOutput }: Listeners,
  kill: () => Promise<void>,
): SandboxProcess {
  const { stdin, stdout, stderr } = child;
  stdout?.on('error', () => undefined).on('data', onOutput);
  stderr?.on('error', () => undefined).on('data', onErrorOutput);
  stdin?.on('error', () => undefined); // `ended` tells.
  return {
    write: (text) => {
      stdin?.write(text);
      if ((stdin?.writableLength ?? 0) > inputBytesMax) void kill();
    },
    ended: endOf(child),
    kill,
  };
}

/** What is typed at a program that has printed nothing yet, for another start: more than a greeting takes. */
const typedCharsMax = 64 * 1024;

type Listeners = Pick<ProcessOptions, 'onOutput' | 'onErrorOutput'>;
type SpokenStart = { spoken: SandboxProcess; hasNotBegun: StartedProcess['hasNotBegun'] };

/**
 * Starts the program again, and types what was typed, where a start failed before the program began.
 * @param isOver whether nothing may be started any more
 */
export async function speakFromBegin(
  start: (listeners: Listeners) => Promise<SpokenStart>,
  { onOutput, onErrorOutput }: Listeners,
  isOver: () => boolean,
): Promise<SandboxProcess> {
  let typed: string | undefined = '';
  let isKilled = false;
  const startOnce = () =>
    start({
      onOutput: (chunk) => {
        typed = undefined; // It has begun.
        onOutput(chunk);
      },
      onErrorOutput,
    });
  let current = await startOnce();
  const follow = async (): Promise<number | null> => {
    for (let starts = 1; ; starts++) {
      const exitCode = await current.spoken.ended;
      const mayBegin = typed !== undefined && !isKilled && !isOver();
      if (!current.hasNotBegun() || !mayBegin || starts === startsMax) return exitCode;
      current = await startOnce();
      if (isKilled || isOver()) await current.spoken.kill();
      else if (typed) current.spoken.write(typed);
    }
  };
  return {
    write: (text) => {
      if (typed !== undefined) typed = typed.length + text.length > typedCharsMax ? undefined : typed + text;
      current.spoken.write(text);
    },
    ended: follow(),
    kill: async () => {
      isKilled = true;
      await current.spoken.kill();
    },
  };
}

const endOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('error', () => resolve(null)).once('close', (code, name) => resolve(name ? 137 : code));
  });
