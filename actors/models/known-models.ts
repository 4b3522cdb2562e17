// What is known of a model: how much it reads, and what it costs.
import type { Prices, Rates } from './model.ts';

export type KnownModel = {
  contextTokensMax: number;
  /** Absent where the provider's price isn't known. */
  prices?: Prices;
  /** False for one that is known to read text alone. */
  seesImages?: boolean;
};

/** In US dollars for a million tokens. */
export const ratesOf = (input: number, output: number, cached: number, cacheWrite = input): Rates => ({
  input,
  output,
  cached,
  cacheWrite,
});

/** @param model with or without the date of a snapshot */
export function findKnownModel(
  { knownModels }: { knownModels: { readonly [model: string]: KnownModel } },
  model: string,
): KnownModel | undefined {
  const named = [model, model.replace(/-20\d{6}$/, '')].find((name) => Object.hasOwn(knownModels, name));
  return named === undefined ? undefined : knownModels[named];
}
