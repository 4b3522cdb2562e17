// How much a model is told to think, by its name and its server.
import type OpenAI from 'openai';
import { isBefore } from '../model-version.ts';

/**
 * OpenAI's models from 5.4 to 6.0 call tools over Chat Completions only where they don't think.
 * @returns undefined for a model that isn't told
 */
export function openAiEffortOf(model: string, hasTools: boolean): OpenAI.ReasoningEffort | undefined {
  const named = /gpt-(\d+)(?:\.(\d+))?/.exec(model.toLowerCase());
  if (!named || !hasTools) return undefined;
  return isBefore(named, [5, 4]) || !isBefore(named, [6, 1]) ? undefined : 'none';
}
