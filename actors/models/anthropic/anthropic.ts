// Asks Anthropic's models, with its SDK.
import Anthropic from '@anthropic-ai/sdk';
import { askFailure } from '../errors.ts';
import { knownModelOf } from '../known-models.ts';
import type { AskResult } from '../retry.ts';
import type { Ask } from '../vendor-model.ts';
import { AnswerReader } from './answer.ts';
import { failureOf } from './failure.ts';
import { requestOf } from './request.ts';

/** Given to the SDK always: it would look into the environment otherwise. */
export const anthropicBaseUrl = 'https://api.anthropic.com';

export type AnthropicSettings = { apiKey: string; model: string; baseUrl: string | undefined };

export function anthropicAsk({ apiKey, model, baseUrl = anthropicBaseUrl }: AnthropicSettings): Ask {
  const client = new Anthropic({
    apiKey,
    baseURL: baseUrl,
    webhookKey: null,
    // Asking again, logging and measuring are ours.
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
  });
  const thinks = knownModelOf(`anthropic/${model}`)?.thinks ?? false;
  return async (request, { signal, draft, givesThoughts }) => {
    const reader = new AnswerReader(draft);
    let result: AskResult | undefined;
    try {
      const body = requestOf(request, { model, thinks, givesThoughts });
      for await (const event of await client.messages.create(body, { signal })) {
        result ??= reader.read(event);
        if (result?.kind === 'failed') return result;
      }
      return result ?? askFailure('network', 'the answer broke off');
    } catch (error) {
      return result ?? failureOf(error, model, Date.now());
    }
  };
}
