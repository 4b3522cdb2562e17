// Anthropic's own shell tool: each call is one of `shell`, or restarts the shell.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { shellTool } from './shell.ts';
import { commandAct, commandActionOf, makeCommandObservation } from './shell-command.ts';
import { readAskedTimeMs, timeEntries } from './time-limit.ts';
import { type Act, makeErrorObservation, makeUse, type ProviderTool } from './tool.ts';

const Input = v.pipe(
  v.object({
    command: v.optional(v.pipe(v.string(), v.minLength(1))),
    restart: v.optional(v.boolean()),
    ...timeEntries,
  }),
  v.check(({ command, restart }) => command !== undefined || restart === true, 'Give a command, or restart as true.'),
);

const bashTimeWord = 'timeout_ms';

const exitCommand = 'exit';

/** Ends bash, so that the next command gets a fresh one, with the folder and variables that the sandbox keeps. */
const restartAct: Act<void> = {
  isReadOnly: false,
  changesFiles: false,
  endsTurn: false,
  action: () => commandActionOf(exitCommand),
  run: async (_, { sandbox, signal, commandTimeoutMs }) => {
    const timeoutMs = Math.min(limits.shellOpenTimeoutMs, commandTimeoutMs);
    const result = await sandbox.run(exitCommand, { signal, timeoutMs });
    if (!result.ok) return makeErrorObservation(result.failure.detail);
    const ended = makeCommandObservation(exitCommand, result.value);
    const isRestarted = result.value.kind === 'exited' && result.value.exitCode === 0;
    return isRestarted ? { ...ended, content: ended.content + restartedNote } : ended;
  },
};

const restartedNote =
  '[The shell was ended. The next command gets a fresh one in the same folder; exported variables may still be set. ' +
  'Background processes may go on.]';

export const bashTool: ProviderTool<v.InferOutput<typeof Input>> = {
  name: 'bash',
  description: shellTool.description,
  providerType: 'bash_20250124',
  replaces: ['shell'],
  input: Input,
  examples: [{ command: 'ls' }, { restart: true }],
  purposes: ['shell'],
  timeWord: bashTimeWord,
  toUse: ({ command, restart: isRestart, ...words }) =>
    isRestart || command === undefined
      ? makeUse(restartAct, undefined)
      : makeUse(commandAct, { command, askedMs: readAskedTimeMs(words), timeWord: bashTimeWord }),
};
