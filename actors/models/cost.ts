// What an answer costs.
import type { Prices, Rates, TokenCount } from './model.ts';

const tokensPriced = 1_000_000;

/** @param usage of one answer: the price depends on how long its request was @returns US dollars */
export function costOf(usage: TokenCount, prices: Prices): number {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens } = usage;
  const rates: Rates = prices.long && inputTokens > prices.long.aboveTokens ? prices.long : prices;
  const freshTokens = Math.max(0, inputTokens - cachedTokens - cacheWriteTokens);
  const cost =
    freshTokens * rates.input +
    cachedTokens * rates.cached +
    cacheWriteTokens * rates.cacheWrite +
    outputTokens * rates.output;
  return cost / tokensPriced;
}
