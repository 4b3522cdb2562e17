// Anthropic's own shell tool: its calls are those of `shell`, and it can ask for a fresh shell.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { commandAction, commandObservation, runCommand } from './command.ts';
import { shell } from './shell.ts';
import { askedTimeMs, timeEntries } from './time-limit.ts';
import { type Act, errorObservation, useOf, type VendorTool } from './tool.ts';

const Input = v.pipe(
  v.object({
    command: v.optional(v.pipe(v.string(), v.minLength(1))),
    restart: v.optional(v.boolean()),
    ...timeEntries,
  }),
  v.check(({ command, restart }) => command !== undefined || restart === true, 'Give a command, or restart as true.'),
);

/** What its models are told to ask for more time with. */
export const bashTimeWord = 'timeout_ms';

const exit = 'exit';

/** Ending bash is all it takes: the next command gets a fresh one. It keeps what the sandbox remembers, so it says so. */
const restart: Act<void> = {
  isReadOnly: false,
  changesFiles: false,
  endsTurn: false,
  action: () => commandAction(exit),
  run: async (_, { sandbox, signal, commandTimeoutMs }) => {
    const timeoutMs = Math.min(limits.shellOpenTimeoutMs, commandTimeoutMs);
    const result = await sandbox.run(exit, { signal, timeoutMs });
    if (!result.ok) return errorObservation(result.failure.detail);
    const ended = commandObservation(exit, result.value);
    const isRestarted = result.value.kind === 'exited' && result.value.exitCode === 0;
    return isRestarted ? { ...ended, content: ended.content + restartedNote } : ended;
  },
};

const restartedNote =
  '[The shell was ended. The next command gets a fresh one in the same folder; exported variables may still be set. ' +
  'Background processes may go on.]';

export const bash: VendorTool<v.InferOutput<typeof Input>> = {
  name: 'bash',
  description: shell.description,
  anthropicType: 'bash_20250124',
  input: Input,
  useOf: ({ command, restart: isRestart, ...words }) =>
    isRestart || command === undefined
      ? useOf(restart, undefined)
      : useOf(runCommand, { command, askedMs: askedTimeMs(words), timeWord: bashTimeWord }),
};
