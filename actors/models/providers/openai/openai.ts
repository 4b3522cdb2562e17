// OpenAI, and servers that speak as it does: how their models are asked, what they cost, and how keys are checked.
import { type KnownModel, ratesOf } from '../../known-models.ts';
import type { Prices } from '../../model.ts';
import type { Provider } from '../provider.ts';
import { openAiUrl } from './openai-address.ts';
import { thinksOverResponses } from './openai-thinking.ts';

/** What the newest models read; their answers have room of their own. */
const newestTokensMax = 922_000;

/** A request of more than 272,000 tokens costs twice as much to read, and its answer half as much again. */
const pricesOf = (input: number, output: number, cached: number, cacheWrite?: number): Prices => {
  const rates = ratesOf(input, output, cached, cacheWrite);
  const long = ratesOf(2 * input, 1.5 * output, 2 * cached, 2 * rates.cacheWrite);
  return { ...rates, long: { aboveTokens: 272_000, ...long } };
};

/**
 * List prices on 29 November 2026, standard processing. A model that isn't here has no price, rather than a wrong one.
 * Source: developers.openai.com/api/docs/pricing.
 */
const knownModels: Record<string, KnownModel> = {
  'gpt-6.2-astra': { contextTokensMax: newestTokensMax, prices: pricesOf(8, 40, 0.4, 10) },
  'gpt-6.2-sol': { contextTokensMax: newestTokensMax, prices: pricesOf(2, 10, 0.1, 2.5) },
  'gpt-6.1-sol': { contextTokensMax: newestTokensMax, prices: pricesOf(2, 10, 0.1, 2.5) },
  'gpt-6.1-terra': { contextTokensMax: newestTokensMax, prices: pricesOf(1, 5, 0.05, 1.25) },
  'gpt-6-astra': { contextTokensMax: newestTokensMax, prices: pricesOf(10, 50, 1, 12.5) },
  'gpt-6-sol': { contextTokensMax: newestTokensMax, prices: pricesOf(2, 10, 0.2, 2.5) },
  'gpt-6-luna': { contextTokensMax: newestTokensMax, prices: pricesOf(0.1, 0.5, 0.01, 0.125) },
  'gpt-5.6-sol': { contextTokensMax: newestTokensMax, prices: pricesOf(4, 20, 0.4, 5) },
  'gpt-5.6-terra': { contextTokensMax: newestTokensMax, prices: pricesOf(2, 12, 0.2, 2.5) },
  'gpt-5.6-luna': { contextTokensMax: newestTokensMax, prices: pricesOf(0.2, 1.2, 0.02, 0.25) },
};

export const openai = {
  name: 'openai',
  label: 'OpenAI',
  keyVariable: 'OPENAI_API_KEY',
  // OpenAI's and OpenRouter's; Groq's; xAI's; NVIDIA's; Cerebras's.
  keyPrefixes: ['sk-', 'gsk_', 'xai-', 'nvapi-', 'csk-'],
  modelVariable: 'OPENAI_MODEL',
  defaultModel: 'gpt-6.2-sol',
  baseUrl: openAiUrl,
  isAskedWithoutKey: true,
  keyCheck: {
    path: '/v1/models',
    headersOf: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
    verdictOf: (status) => (status === 200 ? 'ok' : status === 401 ? 'wrong' : 'unknown'),
  },
  knownModels,
  thinks: thinksOverResponses,
  load: async () => (await import('./ask-openai.ts')).makeOpenAiAsk,
} as const satisfies Provider;
