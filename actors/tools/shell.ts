// Runs a command line in the session's sandbox.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { commandAct, commandActionOf } from './shell-command.ts';
import type { Tool } from './tool.ts';

const defaultSeconds = limits.commandDefaultTimeoutMs / 1_000;

/** What a model asks for more time with. */
const timeWord = 'timeoutSeconds';

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

export const shellTool: Tool<v.InferOutput<typeof Input>> = {
  name: 'shell',
  description: `Runs a command line in bash, in your workspace. The shell stays open: its folder and exported variables \
last from one call to the next. Returns what was printed, standard output and errors together, and the exit code where it \
is not 0; of a very long output the middle is left out. Nobody answers questions: give programs the flags that keep them \
from asking. A command is ended after ${defaultSeconds} seconds, or after timeoutSeconds. Run servers and whatever else \
does not end by itself in the background, with its output in a file: npm start > /tmp/server.log 2>&1 &`,
  input: Input,
  examples: [{ command: 'ls' }],
  purposes: ['shell'],
  timeWord,
  ...commandAct,
  action: ({ command }) => commandActionOf(command),
  run: ({ command, timeoutSeconds }, run) => {
    const askedMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1_000;
    return commandAct.run({ command, askedMs, timeWord }, run);
  },
};
