// How much a model is told to think, by its name and its server.
import type OpenAI from 'openai';
import type { Effort } from '../../../../schema/choice.ts';
import { isBefore } from '../model-version.ts';

export type OpenAiThinkingOptions = {
  /** Undefined for as much as the model finds right. */
  effort: Effort | undefined;
  /** Whether the model is asked to think at all. */
  thinks: boolean;
  hasTools: boolean;
  /** Whether OpenAI itself is asked. */
  isOpenAi: boolean;
};

/** @returns undefined for a model that isn't told */
export function openAiEffortOf(
  model: string,
  { effort, thinks, hasTools, isOpenAi }: OpenAiThinkingOptions,
): OpenAI.ReasoningEffort | undefined {
  const gpt = /gpt-(\d+)(?:\.(\d+))?/.exec(model.toLowerCase());
  if (!thinks) return gpt && !isBefore(gpt, [5, 1]) ? 'none' : undefined;
  if (gpt && isBefore(gpt, [5, 0])) return undefined;
  // Over Chat Completions these call tools only where they don't think.
  const isBound = isOpenAi && hasTools && gpt && !isBefore(gpt, [5, 4]) && isBefore(gpt, [6, 1]);
  if (isBound) return 'none';
  if (effort !== 'max') return effort;
  return gpt && !isBefore(gpt, [5, 2]) ? 'xhigh' : 'high';
}
