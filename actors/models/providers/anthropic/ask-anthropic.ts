// Asks Anthropic's models, with its SDK.
import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { limits } from '../../../../schema/limits.ts';
import { boundedFetch } from '../../bounded-fetch.ts';
import { makeAskFailure } from '../../model-errors.ts';
import type { Ask } from '../../provider-model.ts';
import type { AskResult } from '../../retry.ts';
import type { AskSettings } from '../provider.ts';
import { AnthropicAnswerReader } from './anthropic-answer.ts';
import { readAnthropicFailure } from './anthropic-failure.ts';
import { writeAnthropicRequest } from './anthropic-request.ts';
import { anthropicThinkingOf } from './anthropic-thinking.ts';

/** Models with a budget think between calls only where they are asked to; the others do so by themselves. */
const betweenCalls = { 'anthropic-beta': 'interleaved-thinking-2025-05-14' };

export function makeAnthropicAsk({ apiKey, model, baseUrl }: AskSettings): Ask {
  const client = new Anthropic({
    apiKey,
    // The SDK would read the environment without it.
    baseURL: baseUrl,
    webhookKey: null,
    // The engine asks again, logs and measures itself.
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    fetch: boundedFetch,
  });
  const ownThinking = anthropicThinkingOf(model);
  const server = `${baseUrl} ${model}`;
  const answerTokensMax = () => answerTokensMaxByServer.get(server) ?? limits.answerTokensMax;
  const askOnce: Ask = async (request, { signal, draft, noteHeaders, givesThoughts, thinks, effort }) => {
    const reader = new AnthropicAnswerReader(draft);
    let result: AskResult | undefined;
    try {
      const thinking = thinks ? ownThinking : 'none';
      const body = writeAnthropicRequest(request, {
        model,
        thinking,
        effort,
        givesThoughts,
        answerTokensMax: answerTokensMax(),
      });
      const headers = thinking === 'budget' ? betweenCalls : {};
      const { data, response } = await client.messages.create(body, { signal, headers }).withResponse();
      noteHeaders(response.headers);
      for await (const event of data) {
        result ??= reader.readEvent(event);
        if (result?.kind === 'failed') return result;
      }
      return result ?? makeAskFailure('network', 'the answer broke off');
    } catch (error) {
      if (error instanceof APIError && error.headers) noteHeaders(error.headers);
      return result ?? readAnthropicFailure(error, model, Date.now());
    }
  };
  return async (request, asking) => {
    const result = await askOnce(request, asking);
    if (result.kind !== 'failed' || result.answerTokensMax === undefined) return result;
    if (result.answerTokensMax >= answerTokensMax()) return result;
    answerTokensMaxByServer.set(server, result.answerTokensMax);
    return askOnce(request, asking);
  };
}

/** By address and model, where a longer answer was refused. Both come from the operator, so there are few. */
const answerTokensMaxByServer = new Map<string, number>();
