// Which limit a turn has come to. The model is told before the last step that a limit leaves it, to say where things stand.
import type { TurnEnd } from '../../schema/event.ts';
import type { ContextEntry } from '../models/model.ts';
import { timeoutSentence } from './session-sentences.ts';

/** What is left of a turn's time when its last step begins: a tenth, and no more than a model needs for its last words. */
const lastStepShare = 0.1;
const lastStepMsMax = 60_000;
/** The least that a command gets, however late it is called. */
const commandTimeoutMsMin = 1_000;

const lastStepMs = (timeoutMs: number): number => Math.min(lastStepMsMax, Math.floor(timeoutMs * lastStepShare));

/** How long a command may take, so that something is left for the last step. */
export const commandTimeoutMsOf = ({ timeLeftMs, timeoutMs }: TurnTime): number =>
  Math.max(commandTimeoutMsMin, timeLeftMs - lastStepMs(timeoutMs));

export type TurnTime = { timeLeftMs: number; timeoutMs: number };
type TurnFacts = TurnTime & { steps: number; stepsMax: number };

/** A limit: whether not even one more step is within it, and how the turn ends by it. */
export type ReachedLimit = { isOver: boolean; end: TurnEnd; message: string; why: string };

/** @returns undefined where there is room for more than one step */
export function findLimit({ steps, stepsMax, timeLeftMs, timeoutMs }: TurnFacts): ReachedLimit | undefined {
  const message = `The agent was stopped after ${stepsMax} ${stepsMax === 1 ? 'step' : 'steps'}.`;
  const bySteps = { end: 'iterations', message, why: `a turn takes ${stepsMax} here` } as const;
  if (steps >= stepsMax) return { isOver: true, ...bySteps };
  // A turn of one step does what it can.
  if (steps === stepsMax - 1 && steps > 0) return { isOver: false, ...bySteps };
  if (timeLeftMs > lastStepMs(timeoutMs)) return undefined;
  return { isOver: false, end: 'timeout', message: timeoutSentence, why: 'its time is almost up' };
}

/** Of two limits the one that leaves no step, if one does. */
export const findFirstLimit = (one?: ReachedLimit, other?: ReachedLimit): ReachedLimit | undefined =>
  other?.isOver && !one?.isOver ? other : (one ?? other);

const lastStepBeginning = 'This is the last step of this turn';

export const lastStepNoticeOf = ({ why }: ReachedLimit): string =>
  `${lastStepBeginning}, since ${why}. Call no tool but finish: say where things stand, what is done, what is not, and what comes next.`;

/** Whether the model has been told already, as where the engine was started again before it answered. */
export function wasToldOfLastStep(conversation: readonly ContextEntry[]): boolean {
  const since = conversation.slice(conversation.findLastIndex(({ kind }) => kind === 'answer') + 1);
  return since.some(({ kind, text }) => kind === 'notice' && text.startsWith(lastStepBeginning));
}
