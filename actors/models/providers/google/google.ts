// Google: how its models are asked, what they cost, and how its keys are checked.
import * as v from 'valibot';
import { type KnownModel, ratesOf } from '../../known-models.ts';
import type { KeyVerdict, Provider } from '../provider.ts';
import { googleThinkingOf } from './google-thinking.ts';

const mebi = 1_048_576;

/**
 * List prices on 25 November 2026, as an individual pays them. A model that isn't here has no price, rather than a wrong
 * one. Source: ai.google.dev/gemini-api/docs/pricing.
 */
const knownModels: Record<string, KnownModel> = {
  'gemini-4-neon': { contextTokensMax: mebi, prices: ratesOf(3, 15, 0.15) },
  'gemini-4-hydrogen': { contextTokensMax: mebi, prices: ratesOf(1.5, 7.5, 0.075) },
  // The price doubles in January 2027.
  'gemini-3.8-flash': { contextTokensMax: mebi, prices: ratesOf(0.75, 3.75, 0.075) },
  'gemini-3.7-flash': { contextTokensMax: mebi, prices: ratesOf(0.75, 3.75, 0.075) },
  'gemini-3.1-pro-preview': {
    contextTokensMax: mebi,
    prices: { ...ratesOf(2, 12, 0.2), long: { aboveTokens: 200_000, ...ratesOf(4, 18, 0.4) } },
  },
  'gemini-2.5-pro': {
    contextTokensMax: mebi,
    prices: { ...ratesOf(1.25, 10, 0.125), long: { aboveTokens: 200_000, ...ratesOf(2.5, 15, 0.25) } },
  },
  'gemini-2.5-flash': { contextTokensMax: mebi, prices: ratesOf(0.3, 2.5, 0.03) },
};

export const google = {
  name: 'google',
  label: 'Google',
  keyVariable: 'GOOGLE_API_KEY',
  keyPrefixes: ['AIza', 'AQ.'],
  modelVariable: 'GOOGLE_MODEL',
  defaultModel: 'gemini-3.8-flash',
  baseUrl: 'https://generativelanguage.googleapis.com',
  keyCheck: {
    path: '/v1beta/models?pageSize=1',
    headersOf: (apiKey) => ({ 'x-goog-api-key': apiKey }),
    verdictOf: readVerdict,
  },
  knownModels,
  thinks: (model) => googleThinkingOf(model) !== undefined,
  load: async () => (await import('./ask-google.ts')).makeGoogleAsk,
} as const satisfies Provider;

/** A wrong key is a 400 whose details say so; a 403 may be about what a good key may do. */
function readVerdict(status: number, body: string): KeyVerdict {
  if (status === 200) return 'ok';
  return status === 401 || (status === 400 && isInvalidKey(body)) ? 'wrong' : 'unknown';
}

function isInvalidKey(body: string): boolean {
  const parsed = v.safeParse(KeyError, body);
  return parsed.success && parsed.output.error.details.some(({ reason }) => reason === 'API_KEY_INVALID');
}

const KeyError = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ error: v.object({ details: v.array(v.looseObject({ reason: v.optional(v.string()) })) }) }),
);
