// How a model of Anthropic is asked to think, by its name. One that is newer than all of these is asked as the newest are.
import { isBefore } from '../model-version.ts';

/**
 * `adaptive` thinks as much as it finds right, between calls too; `budget` as much as it is given; `none` would refuse to
 * be asked.
 */
export type AnthropicThinking = 'adaptive' | 'budget' | 'none';

/** @param model as its provider or a gateway names it: `claude-haiku-4-5-20251001`, `anthropic/claude-opus-4.6` */
export function anthropicThinkingOf(model: string): AnthropicThinking {
  const named = /claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/.exec(model.toLowerCase());
  if (!named) return /claude-(?!instant)/i.test(model) ? 'adaptive' : 'none';
  if (isBefore(named, [3, 7])) return 'none';
  return isBefore(named, [4, 6]) ? 'budget' : 'adaptive';
}
