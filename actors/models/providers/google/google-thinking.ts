// How a model of Google is asked to think, by its name. One that is newer than all of these is asked as the newest are.
import type { Effort } from '../../../../schema/choice.ts';
import { isBefore } from '../model-version.ts';

/** Whether thoughts are shown, and how much is thought where that isn't the model's own default. */
export type GoogleThinking = { includeThoughts: true; thinkingBudget?: number; thinkingLevel?: ThinkingLevel };
type ThinkingLevel = 'LOW' | 'MEDIUM' | 'HIGH';

/** What Google's own agent gives these models: without a bound some of them think without end. */
const geminiBudgetTokens = 8_192;
/** Up to what the smallest of them takes. */
const budgetsTokens: Record<Effort, number> = { low: 2_048, medium: geminiBudgetTokens, high: 16_384, max: 24_576 };

const levels: Record<Effort, ThinkingLevel> = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', max: 'HIGH' };

/**
 * @param effort undefined for as much as is usual
 * @returns undefined for a model that would refuse to be asked
 */
export function googleThinkingOf(model: string, effort?: Effort): GoogleThinking | undefined {
  const named = /gemini-(\d+)(?:\.(\d+))?/.exec(model.toLowerCase());
  if (!named) return /gemini-/i.test(model) ? { includeThoughts: true } : undefined;
  if (isBefore(named, [2, 5])) return undefined;
  if (isBefore(named, [3, 0]))
    return { includeThoughts: true, thinkingBudget: effort ? budgetsTokens[effort] : geminiBudgetTokens };
  if (effort) return { includeThoughts: true, thinkingLevel: levelOf(named, effort) };
  return isBefore(named, [4, 0]) ? { includeThoughts: true, thinkingLevel: 'HIGH' } : { includeThoughts: true };
}

/** Gemini 3 Pro, the first with levels, has no middle one. */
const levelOf = (named: RegExpExecArray, effort: Effort): ThinkingLevel =>
  effort === 'medium' && /gemini-3-pro/i.test(named.input) ? 'HIGH' : levels[effort];
