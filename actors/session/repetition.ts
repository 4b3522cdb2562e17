// Tells whether an agent repeats itself, from its answers since the user's last message alone.
import type { AnsweredCall, ContextEntry } from '../models/model.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import type { ToolSet } from '../tools/tool-set.ts';

/** How often the same call may have the same result in a row: the second may be an oversight, the fourth shows nothing new. */
const sameCallsMax = 4;
/** How often a cycle of calls has the same results, such as an edit and a test that fails the same way each time. */
const cyclesMax = 4;
/** Calls in a cycle: an agent that makes more of them in turn is at work. */
const cycleCallsMax = 4;
/** Answers in a row whose calls fail in the same way: the second shows the model its mistake, the third that it doesn't see it. */
export const sameErrorsMax = 3;

/** Fewer calls are no repetition. */
const callsMin = Math.min(sameCallsMax, 2 * cyclesMax, sameErrorsMax);

/** `notice` is what the model is told, and what comes next; `reason` a sentence for the user. */
export type Repetition = { kind: 'fine' } | { kind: 'warn'; notice: string } | { kind: 'stop'; reason: string };

/**
 * A repetition is told once, after the answer that made it one, and ends the turn when the next answer goes on with it.
 * A pure function of the conversation, so a turn that is taken up after a restart is judged the same. It is told as a
 * notice: a message of the user would begin anew, and an observation with more text in it would be another one.
 */
export function findRepetition(context: readonly ContextEntry[], toolSet: ToolSet): Repetition {
  const lastUser = context.findLastIndex((entry) => entry.kind === 'user');
  const said = context.slice(lastUser + 1).filter((entry) => entry.kind === 'answer');
  if (said.reduce((count, { calls }) => count + calls.length, 0) < callsMin) return { kind: 'fine' };
  const answers = said.map(({ calls }) => calls.map(addKey));
  const reason = findReason(answers, toolSet);
  if (reason === undefined) return { kind: 'fine' };
  const wasTold = findReason(answers.slice(0, -1), toolSet) !== undefined;
  return wasTold ? { kind: 'stop', reason } : { kind: 'warn', notice: `${reason} ${whatComesNext}` };
}

const whatComesNext =
  'Once more, and the turn is ended. Find out why, or go another way; where you wait for something, wait longer within ' +
  'one call (sleep 30). If you can’t go on, say what you need.';

/** `key`: the call with its result as one text; undefined where time has passed, since there is a reason to look again. */
type KeyedCall = { answered: AnsweredCall; key: string | undefined };
type Calls = readonly KeyedCall[];

function findReason(answers: readonly Calls[], toolSet: ToolSet): string | undefined {
  const done = answers.flatMap(dropRepeatsInARow);
  const keys = done.map(({ key }) => key);
  const { call } = done.at(-1)?.answered ?? {};
  if (isRepeating(keys, sameCallsMax, 1))
    return `The same call of ${call?.name} gave the same result ${sameCallsMax} times in a row.`;
  for (let period = 2; period <= cycleCallsMax; period++) {
    if (!isRepeating(keys, period * cyclesMax, period)) continue;
    const names = done.slice(-period).map(({ answered }) => answered.call.name);
    return `The same ${period} calls, of ${names.join(', ')}, gave the same results ${cyclesMax} times in turn.`;
  }
  if (
    isRepeating(
      answers.map((calls) => errorOf(calls, toolSet)),
      sameErrorsMax,
      1,
    )
  )
    return `The same call failed in the same way ${sameErrorsMax} times in a row.`;
  return undefined;
}

/** Whether the last `count` keys repeat after every `period`. A call without a key equals no other. */
function isRepeating(keys: readonly (string | undefined)[], count: number, period: number): boolean {
  if (keys.length < count) return false;
  const last = keys.slice(-count);
  return last.every((key, at) => key !== undefined && key === last[at % period]);
}

const addKey = (answered: AnsweredCall): KeyedCall => ({ answered, key: keyOf(answered) });

const keyOf = ({ call, observation, hasWaited }: AnsweredCall): string | undefined =>
  hasWaited ? undefined : JSON.stringify([call.name, call.input, observation.text, observation.isError]);

/** Calls that one answer repeats in a row count once: the model had not seen a result between them. */
const dropRepeatsInARow = (calls: Calls): KeyedCall[] =>
  calls.filter(({ key }, at) => key === undefined || calls[at - 1]?.key !== key);

/** The error of an answer all of whose calls failed in the same way. */
function errorOf(calls: Calls, toolSet: ToolSet): string | undefined {
  const errors = new Set(calls.map(({ answered }) => errorOfCall(answered, toolSet)));
  return errors.size === 1 ? [...errors][0] : undefined;
}

/** Numbers (times, ids) don't count. Another input is another try, unless the call can't run at all. */
function errorOfCall(
  { call, observation: { text, isError }, hasWaited }: AnsweredCall,
  toolSet: ToolSet,
): string | undefined {
  if (!isError || hasWaited) return undefined;
  const input = prepareCall(call, toolSet).isInvalid ? undefined : call.input;
  return JSON.stringify([call.name, input, text.replaceAll(/\d+/g, '0')]);
}
