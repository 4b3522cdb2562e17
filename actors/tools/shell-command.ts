// Runs a command in the sandbox's shell within its time limit, and records how it ended.
import type { RunResult } from '../../sandbox/sandbox.ts';
import { limits } from '../../schema/limits.ts';
import { type Act, makeErrorObservation, type ToolEvent } from './tool.ts';

/** `timeWord` is what a model asks for more time with. */
export type TimedCommand = { command: string; askedMs: number | undefined; timeWord: string };

export const commandActionOf = (command: string): ToolEvent => ({
  eventType: 'CmdRunAction',
  content: command,
  metadata: { command },
});

export const commandAct = {
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ command }) => commandActionOf(command),
  run: async ({ command, askedMs, timeWord }, { sandbox, signal, commandTimeoutMs, onOutput }) => {
    const timeoutMs = Math.min(askedMs ?? limits.commandDefaultTimeoutMs, commandTimeoutMs);
    const result = await sandbox.run(command, { signal, timeoutMs, ...(onOutput && { onOutput }) });
    if (!result.ok) return makeErrorObservation(result.failure.detail);
    return makeCommandObservation(
      command,
      result.value,
      timeoutMs < commandTimeoutMs ? writeTimeAdvice(timeWord) : noLongerTimeAdvice,
    );
  },
} satisfies Act<TimedCommand>;

/** What a shell reports for a command that was ended by `timeout`, and by SIGINT. */
const timedOutExitCode = 124;
const cancelledExitCode = 130;

const writeTimeAdvice = (timeWord: string): string =>
  `Give what needs longer a longer ${timeWord} where you can, or run it in the background`;
const noLongerTimeAdvice = 'No command gets longer: run it in the background';

/**
 * How a command ended; what was cut short says so behind what it had printed.
 * @param advice the beginning of a sentence, for what ran out of time
 */
export function makeCommandObservation(
  command: string,
  result: RunResult,
  advice: string = noLongerTimeAdvice,
): ToolEvent {
  const { content, exitCode } = endingOf(result, advice);
  return { eventType: 'CmdOutputObservation', content, metadata: { command, exitCode } };
}

function endingOf(result: RunResult, advice: string): { content: string; exitCode: number } {
  const { output } = result;
  if (result.kind === 'exited') return { content: output, exitCode: result.exitCode };
  if (result.kind === 'cancelled')
    return { content: `${output}\n[The command was interrupted.]`, exitCode: cancelledExitCode };
  return { content: `${output}\n${writeTimedOutNote(result.limitMs, advice)}`, exitCode: timedOutExitCode };
}

const writeTimedOutNote = (limitMs: number, advice: string): string =>
  `[The command ran into its time limit of ${limitMs / 1_000} s and was ended, with what it had started. The next one \
gets a fresh shell in the same folder; variables may be lost. ${advice} with its output in a file, and look at that from \
time to time.]`;
