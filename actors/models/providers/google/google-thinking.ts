// How a model of Google is asked to think, by its name. One that is newer than all of these is asked as the newest are.
import { isBefore } from '../model-version.ts';

/** Whether thoughts are shown, and how much is thought where that isn't the model's own default. */
export type GoogleThinking = { includeThoughts: true; thinkingBudget?: number; thinkingLevel?: 'HIGH' };

/** What Google's own agent gives these models: without a bound some of them think without end. */
const geminiBudgetTokens = 8_192;

/** @returns undefined for a model that would refuse to be asked */
export function googleThinkingOf(model: string): GoogleThinking | undefined {
  const named = /gemini-(\d+)(?:\.(\d+))?/.exec(model.toLowerCase());
  if (!named) return /gemini-/i.test(model) ? { includeThoughts: true } : undefined;
  if (isBefore(named, [2, 5])) return undefined;
  if (isBefore(named, [3, 0])) return { includeThoughts: true, thinkingBudget: geminiBudgetTokens };
  return isBefore(named, [4, 0]) ? { includeThoughts: true, thinkingLevel: 'HIGH' } : { includeThoughts: true };
}
