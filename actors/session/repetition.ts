// Tells whether an agent goes round in circles: from its answers since the user's last message alone.
import { limits } from '../../schema/limits.ts';
import type { AnsweredCall, ContextEntry } from '../models/model.ts';

/** `reason` is a sentence that the model can be told on `warn`, and the user on `stop`. */
export type Repetition = { kind: 'fine' } | { kind: 'warn' | 'stop'; reason: string };

const { sameCallsMax, alternationsMax, sameErrorsMax } = limits;

/**
 * A repetition is told once, after the answer that made it one, and ends the turn when the next answer goes on with it.
 * A pure function of the conversation, so a turn that is taken up after a restart is judged the same. Whoever tells the
 * model must leave no trace of it in the conversation itself: a message of the user begins a new turn, and an observation
 * with more text in it is another one. At the end of the one request that follows is the place for it.
 */
export function repetitionOf(context: readonly ContextEntry[]): Repetition {
  const lastUser = context.findLastIndex((entry) => entry.kind === 'user');
  const answers = context.slice(lastUser + 1).flatMap((entry) => (entry.kind === 'answer' ? [entry.calls] : []));
  const reason = reasonOf(answers);
  if (reason === undefined) return { kind: 'fine' };
  const wasTold = reasonOf(answers.slice(0, -1)) !== undefined;
  return { kind: wasTold ? 'stop' : 'warn', reason };
}

type Calls = readonly AnsweredCall[];

function reasonOf(answers: readonly Calls[]): string | undefined {
  const done = answers.flatMap(distinctInARow);
  const keys = done.map(keyOf);
  const { call } = done.at(-1) ?? {};
  if (endsAlike(keys, sameCallsMax, 1))
    return `The same call of ${call?.name} gave the same result ${sameCallsMax} times in a row.`;
  if (endsAlike(keys, 2 * alternationsMax, 2))
    return `The same two calls, of ${done.at(-2)?.call.name} and ${call?.name}, gave the same results ${alternationsMax} times in turn.`;
  if (endsAlike(answers.map(errorOf), sameErrorsMax, 1))
    return `Calls failed in the same way ${sameErrorsMax} times in a row.`;
  return undefined;
}

/** Whether the last `count` keys repeat after every `period`. What has no key is like nothing. */
function endsAlike(keys: readonly (string | undefined)[], count: number, period: number): boolean {
  if (keys.length < count) return false;
  const last = keys.slice(-count);
  return last.every((key, at) => key !== undefined && key === last[at % period]);
}

const keyOf = ({ call, observation }: AnsweredCall): string =>
  JSON.stringify([call.name, call.input, observation.text, observation.isError]);

/** What one answer asks for several times in a row counts once: it had not seen the result. */
const distinctInARow = (calls: Calls): AnsweredCall[] =>
  calls.filter((call, at) => {
    const before = calls[at - 1];
    return before === undefined || keyOf(before) !== keyOf(call);
  });

/** The error of an answer all of whose calls failed in the same way, numbers aside. */
function errorOf(calls: Calls): string | undefined {
  const errors = new Set(
    calls.map(({ observation: { text, isError } }) => (isError ? text.replaceAll(/\d+/g, '0') : undefined)),
  );
  return errors.size === 1 ? [...errors][0] : undefined;
}
