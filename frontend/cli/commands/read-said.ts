// What is said to an agent: the argument of a command, or what comes from stdin.
import { limits } from '../../../schema/limits.ts';
import { type Context, readAll } from '../context.ts';
import { UsageError } from '../exit-codes.ts';

type What = 'task' | 'message';

const ways: Record<What, string> = {
  task: 'Say what is to be done: lucid run "task", or --stdin.',
  message: 'Say something: lucid send ID "message", or --stdin.',
};

/** @throws UsageError where it comes from nowhere, or twice */
export function checkSaid(what: What, said: string | undefined, { stdin }: { stdin?: boolean }): void {
  if (said === undefined && !stdin) throw new UsageError(ways[what]);
  if (said !== undefined && stdin) throw new UsageError(`The ${what} comes either as an argument or from --stdin.`);
}

/** @throws UsageError where it is empty or too long */
export async function readSaid(what: What, said: string | undefined, { stdin }: Context): Promise<string> {
  const text = (said ?? (await readAll(stdin, limits.taskCharsMax))).trim();
  if (text === '') throw new UsageError(`The ${what} is empty.`);
  if (text.length > limits.taskCharsMax)
    throw new UsageError(`The ${what} has ${text.length} characters, and may have ${limits.taskCharsMax}.`);
  return text;
}
