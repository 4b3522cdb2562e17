// Anthropic: how its models are asked, what they cost, and how its keys are checked.
import { type KnownModel, ratesOf } from '../../known-models.ts';
import type { Provider } from '../provider.ts';
import { anthropicThinkingOf } from './anthropic-thinking.ts';

const million = 1_000_000;

/**
 * List prices on 25 November 2026, with the provider's cache of five minutes. A model that isn't here has no price, rather
 * than a wrong one. Source: platform.claude.com/docs/en/about-claude/pricing.
 */
const knownModels: Record<string, KnownModel> = {
  'claude-fable-5-2': { contextTokensMax: million, prices: ratesOf(8, 40, 0.2, 10) },
  'claude-fable-5-1': { contextTokensMax: million, prices: ratesOf(10, 50, 0.25, 12.5) },
  'claude-opus-5-5': { contextTokensMax: million, prices: ratesOf(4, 20, 0.2, 5) },
  'claude-opus-5': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
  'claude-opus-4-8': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
  'claude-opus-4-7': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
  'claude-opus-4-6': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
  'claude-sonnet-5-5': { contextTokensMax: million, prices: ratesOf(2, 10, 0.1, 2.5) },
  'claude-sonnet-5': { contextTokensMax: million, prices: ratesOf(2, 10, 0.2, 2.5) },
  'claude-sonnet-4-6': { contextTokensMax: million, prices: ratesOf(3, 15, 0.3, 3.75) },
  'claude-haiku-5-5': {
    contextTokensMax: million,
    prices: { ...ratesOf(0.1, 0.5, 0.01, 0.125), long: { aboveTokens: 100_000, ...ratesOf(0.5, 2.5, 0.05, 0.625) } },
  },
  'claude-haiku-4-5': { contextTokensMax: 200_000, prices: ratesOf(1, 5, 0.1, 1.25) },
};

export const anthropic = {
  name: 'anthropic',
  label: 'Anthropic',
  keyVariable: 'ANTHROPIC_API_KEY',
  keyPrefixes: ['sk-'],
  modelVariable: 'ANTHROPIC_MODEL',
  defaultModel: 'claude-sonnet-5-5',
  baseUrl: 'https://api.anthropic.com',
  keyCheck: {
    path: '/v1/models?limit=1',
    headersOf: (apiKey) => ({ authorization: `Bearer ${apiKey}`, 'anthropic-version': '2026-10-21' }),
    verdictOf: (status) => (status === 200 ? 'ok' : status === 401 ? 'wrong' : 'unknown'),
  },
  knownModels,
  thinks: (model) => anthropicThinkingOf(model) !== 'none',
  load: async () => (await import('./ask-anthropic.ts')).makeAnthropicAsk,
} as const satisfies Provider;
