// What is known of the vendors' models: how much they read, and what they cost.
import type { Prices, Rates } from './model.ts';

export type KnownModel = {
  contextTokensMax: number;
  /** Absent where the vendor's price isn't known. */
  prices?: Prices;
};

const ratesOf = (input: number, output: number, cached: number, cacheWrite = input): Rates => ({
  input,
  output,
  cached,
  cacheWrite,
});

const million = 1_000_000;
const mebi = 1_048_576;

/**
 * List prices on 25 November 2026 in US dollars for a million tokens: Anthropic's with its cache of five minutes, Google's
 * as an individual pays them. A model that isn't here has no price, rather than a wrong one.
 * Sources: platform.claude.com/docs/en/about-claude/pricing and ai.google.dev/gemini-api/docs/pricing.
 */
const knownModels = new Map<string, KnownModel>(
  Object.entries({
    'anthropic/claude-fable-5-2': { contextTokensMax: million, prices: ratesOf(8, 40, 0.2, 10) },
    'anthropic/claude-fable-5-1': { contextTokensMax: million, prices: ratesOf(10, 50, 0.25, 12.5) },
    'anthropic/claude-opus-5-5': { contextTokensMax: million, prices: ratesOf(4, 20, 0.2, 5) },
    'anthropic/claude-opus-5': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
    'anthropic/claude-opus-4-8': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
    'anthropic/claude-opus-4-7': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
    'anthropic/claude-opus-4-6': { contextTokensMax: million, prices: ratesOf(5, 25, 0.5, 6.25) },
    'anthropic/claude-sonnet-5-5': { contextTokensMax: million, prices: ratesOf(2, 10, 0.1, 2.5) },
    'anthropic/claude-sonnet-5': { contextTokensMax: million, prices: ratesOf(2, 10, 0.2, 2.5) },
    'anthropic/claude-sonnet-4-6': { contextTokensMax: million, prices: ratesOf(3, 15, 0.3, 3.75) },
    'anthropic/claude-haiku-5-5': {
      contextTokensMax: million,
      prices: { ...ratesOf(0.1, 0.5, 0.01, 0.125), long: { aboveTokens: 100_000, ...ratesOf(0.5, 2.5, 0.05, 0.625) } },
    },
    'anthropic/claude-haiku-4-5': { contextTokensMax: 200_000, prices: ratesOf(1, 5, 0.1, 1.25) },
    'google/gemini-4-neon': { contextTokensMax: mebi, prices: ratesOf(3, 15, 0.15) },
    'google/gemini-4-hydrogen': { contextTokensMax: mebi, prices: ratesOf(1.5, 7.5, 0.075) },
    // Twice as much from January 2027.
    'google/gemini-3.8-flash': { contextTokensMax: mebi, prices: ratesOf(0.75, 3.75, 0.075) },
    'google/gemini-3.7-flash': { contextTokensMax: mebi, prices: ratesOf(0.75, 3.75, 0.075) },
    'google/gemini-3.1-pro-preview': {
      contextTokensMax: mebi,
      prices: { ...ratesOf(2, 12, 0.2), long: { aboveTokens: 200_000, ...ratesOf(4, 18, 0.4) } },
    },
    'google/gemini-2.5-pro': {
      contextTokensMax: mebi,
      prices: { ...ratesOf(1.25, 10, 0.125), long: { aboveTokens: 200_000, ...ratesOf(2.5, 15, 0.25) } },
    },
    'google/gemini-2.5-flash': { contextTokensMax: mebi, prices: ratesOf(0.3, 2.5, 0.03) },
  }),
);

/** @param name as `anthropic/…`, with or without the date of a snapshot */
export const findKnownModel = (name: string): KnownModel | undefined =>
  knownModels.get(name) ?? knownModels.get(name.replace(/-20\d{6}$/, ''));
