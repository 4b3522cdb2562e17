// How a model is asked to think, by its name. One that is newer than all of these is asked as the newest are.

/**
 * Anthropic's: `adaptive` thinks as much as it finds right, between calls too; `budget` as much as it is given;
 * `none` would refuse to be asked.
 */
export type AnthropicThinking = 'adaptive' | 'budget' | 'none';

/** @param model as its vendor or a gateway names it: `claude-haiku-4-5-20251001`, `anthropic/claude-opus-4.6` */
export function anthropicThinkingOf(model: string): AnthropicThinking {
  const named = /claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(model.toLowerCase());
  if (!named) return /claude-(?!instant)/i.test(model) ? 'adaptive' : 'none';
  if (isBefore(named, [3, 7])) return 'none';
  return isBefore(named, [4, 6]) ? 'budget' : 'adaptive';
}

/** Of Google's request: whether thoughts are shown, and how much is thought where that isn't the model's own default. */
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

/** @param named a name's major version, and its minor one where it has any */
function isBefore([, major, minor = '0']: RegExpExecArray, [otherMajor, otherMinor]: [number, number]): boolean {
  return Number(major) < otherMajor || (Number(major) === otherMajor && Number(minor) < otherMinor);
}
