// How much a model is told to think, by its name; and which of OpenAI's own interfaces lets it think and call tools at once.
import type OpenAI from 'openai';
import type { Effort } from '../../../../schema/choice.ts';
import { isBefore } from '../model-version.ts';

const findGpt = (model: string) => /gpt-(\d+)(?:\.(\d+))?/.exec(model.toLowerCase());

/** Whether OpenAI's model thinks, which it does between calls over Responses alone. */
export function thinksOverResponses(model: string): boolean {
  const gpt = findGpt(model);
  return gpt ? !isBefore(gpt, [5, 0]) && !/-chat/.test(model) : /^o\d/.test(model.toLowerCase());
}

/** Of OpenAI's own models that think. */
export function responsesEffortOf(model: string, effort: Effort | undefined): OpenAI.ReasoningEffort | undefined {
  const gpt = findGpt(model);
  return effort === 'max' && gpt && !isBefore(gpt, [5, 6]) ? 'max' : chatEffortOf(model, { effort, thinks: true });
}

export type ChatThinkingOptions = {
  /** Undefined for as much as the model finds right. */
  effort: Effort | undefined;
  /** Whether the model is asked to think at all. */
  thinks: boolean;
};

/** @returns undefined for a model that isn't told */
export function chatEffortOf(
  model: string,
  { effort, thinks }: ChatThinkingOptions,
): OpenAI.ReasoningEffort | undefined {
  const gpt = findGpt(model);
  if (!thinks) return gpt && !isBefore(gpt, [5, 1]) ? 'none' : undefined;
  if (gpt && isBefore(gpt, [5, 0])) return undefined;
  if (effort !== 'max') return effort;
  return gpt && !isBefore(gpt, [5, 2]) ? 'xhigh' : 'high';
}
