// Runs a command line in the session's sandbox.
import * as v from 'valibot';
import type { RunResult } from '../../sandbox/sandbox.ts';
import { limits } from '../../schema/limits.ts';
import { errorObservation, type Recorded, type Tool } from './tool.ts';

const defaultSeconds = limits.commandDefaultTimeoutMs / 1_000;

const Input = v.object({
  command: v.pipe(v.string(), v.minLength(1), v.description('The command line, as for bash; it may have many lines.')),
  timeoutSeconds: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description(`How long it may take; ${defaultSeconds} where you give none.`),
    ),
  ),
});

/** What a shell reports for a command that was ended by `timeout`, and by SIGINT. */
const timedOutExitCode = 124;
const cancelledExitCode = 130;

export const shell: Tool<v.InferOutput<typeof Input>> = {
  name: 'shell',
  description: `Runs a command line in bash, in your workspace. The shell stays open: its folder and exported variables \
last from one call to the next. Returns what was printed, standard output and errors together, and the exit code where it \
is not 0; of a very long output the middle is left out. Nobody answers questions: give programs the flags that keep them \
from asking. A command is ended after ${defaultSeconds} seconds, or after timeoutSeconds. Run servers and whatever else \
does not end by itself in the background, with its output in a file: npm start > /tmp/server.log 2>&1 &`,
  input: Input,
  isReadOnly: false,
  changesFiles: true,
  endsTurn: false,
  action: ({ command }) => ({ eventType: 'CmdRunAction', content: command, metadata: { command } }),
  run: async ({ command, timeoutSeconds }, { sandbox, signal, commandTimeoutMs, onOutput }) => {
    const wantedMs = timeoutSeconds === undefined ? limits.commandDefaultTimeoutMs : timeoutSeconds * 1_000;
    const timeoutMs = Math.min(wantedMs, commandTimeoutMs);
    const result = await sandbox.run(command, { signal, timeoutMs, ...(onOutput && { onOutput }) });
    return result.ok ? commandObservation(command, result.value) : errorObservation(result.failure.detail);
  },
};

/** How a command ended, as an event; what was cut short says so behind what it had printed. */
export function commandObservation(command: string, result: RunResult): Recorded {
  const { content, exitCode } = endingOf(result);
  return { eventType: 'CmdOutputObservation', content, metadata: { command, exitCode } };
}

function endingOf(result: RunResult): { content: string; exitCode: number } {
  const { output } = result;
  if (result.kind === 'exited') return { content: output, exitCode: result.exitCode };
  if (result.kind === 'cancelled')
    return { content: `${output}\n[The command was interrupted.]`, exitCode: cancelledExitCode };
  return { content: `${output}\n${timedOutNote(result.limitMs)}`, exitCode: timedOutExitCode };
}

const timedOutNote = (limitMs: number): string =>
  `[The command ran into its time limit of ${limitMs / 1_000} s and was ended, with what it had started. The next one \
gets a fresh shell in the same folder; variables may be lost. Give what needs longer a longer timeoutSeconds where you \
can, or run it in the background with its output in a file, and look at that from time to time.]`;
