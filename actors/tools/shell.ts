// Runs a command line in the session's sandbox within its time limit, and records how it ended.
import * as v from 'valibot';
import type { RunResult } from '../../sandbox/sandbox.ts';
import { limits } from '../../schema/limits.ts';
import { makeReadingObservation, noBackground } from './background.ts';
import { writeCutCommandNote } from './cut-call.ts';
import { finishObserved, observeText, openObserved } from './observed.ts';
import { makeErrorObservation, type Tool, type ToolEvent, type ToolRun } from './tool.ts';

const defaultSeconds = limits.commandDefaultTimeoutMs / 1_000;

const Input = v.object({
  command: v.pipe(v.string(), v.minLength(1)),
  timeoutSeconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.description(`when it is ended; else ${defaultSeconds}`)),
  ),
  background: v.optional(v.boolean()),
  tty: v.optional(v.pipe(v.boolean(), v.description('background with a terminal'))),
});

export const shellTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'shell',
  description:
    'Runs a command line in bash, which stays open: its folder and exported variables last. Returns output and errors together, and ' +
    'the exit code where it is not 0; of long output both ends, and a file that has all of it. Nobody answers questions: use flags ' +
    'that keep programs from asking. Run servers and what takes long in the background: you get an id and the first output.',
  input: Input,
  examples: [{ command: 'ls' }],
  purposes: ['shell'],
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ command }) => ({ eventType: 'CmdRunAction', content: command, metadata: { command } }),
  run: async ({ command, timeoutSeconds, background, tty: isTerminal = false }, run) => {
    if (background || isTerminal) return startInBackground(command, isTerminal, timeoutSeconds, run);
    const { sandbox, signal, commandTimeoutMs, onOutput } = run;
    const askedMs = timeoutSeconds === undefined ? limits.commandDefaultTimeoutMs : timeoutSeconds * 1_000;
    const timeoutMs = Math.min(askedMs, commandTimeoutMs);
    const observed = openObserved(sandbox);
    const taking = { output: observed.collected, ...(onOutput && { onOutput }) };
    const result = await sandbox.run(command, { signal, timeoutMs, ...taking });
    if (!result.ok) observed.abandon();
    if (!result.ok) return makeErrorObservation(result.failure.detail);
    const output = await finishObserved(observed, result.value.output, signal);
    const advice = timeoutMs < commandTimeoutMs ? longerTimeAdvice : noLongerTimeAdvice;
    return makeCommandObservation(command, { ...result.value, output }, { advice, signal });
  },
};

/** How long its first output is waited for, where no time is given: a server that can't start says so by then. */
const firstOutputMs = 1_000;

async function startInBackground(
  command: string,
  isTerminal: boolean,
  timeoutSeconds: number | undefined,
  { sandbox, signal, commandTimeoutMs }: ToolRun,
): Promise<ToolEvent> {
  if (!sandbox.background) return makeErrorObservation(noBackground);
  const started = await sandbox.background.start(command, isTerminal, signal);
  if (!started.ok) return makeErrorObservation(started.failure.detail);
  const wantedMs = timeoutSeconds === undefined ? firstOutputMs : timeoutSeconds * 1_000;
  const read = await sandbox.background.read(started.value, { signal, waitMs: Math.min(wantedMs, commandTimeoutMs) });
  const output = await observeText(read.ok ? read.value.output : '', sandbox, signal);
  return makeReadingObservation(started.value, { output, end: read.ok ? read.value.end : undefined }, command);
}

/** What a shell reports for a command that was ended by `timeout`, and by SIGINT. */
const timedOutExitCode = 124;
const cancelledExitCode = 130;

const longerTimeAdvice = 'Give what needs longer a longer timeoutSeconds, or run it in the background.';
const noLongerTimeAdvice = 'No command gets longer: run it in the background.';

type Cut = { advice: string; signal: AbortSignal };

/**
 * How a command ended; what was cut short says so behind what it had printed.
 * @param cut the advice for what ran out of time, and the signal that says why it was cancelled
 */
function makeCommandObservation(command: string, result: RunResult, cut: Cut): ToolEvent {
  const { content, exitCode } = endingOf(result, cut);
  return { eventType: 'CmdOutputObservation', content, metadata: { command, exitCode } };
}

function endingOf(result: RunResult, { advice, signal }: Cut): { content: string; exitCode: number } {
  const { output } = result;
  if (result.kind === 'exited') return { content: output, exitCode: result.exitCode };
  if (result.kind === 'cancelled')
    return { content: `${output}\n${writeCutCommandNote(signal)}`, exitCode: cancelledExitCode };
  return { content: `${output}\n${writeTimedOutNote(result.limitMs, advice)}`, exitCode: timedOutExitCode };
}

const writeTimedOutNote = (limitMs: number, advice: string): string =>
  `[The command ran into its time limit of ${limitMs / 1_000} s and was ended, with what it had started. The next one \
gets a fresh shell in the same folder; variables may be lost. ${advice}]`;
