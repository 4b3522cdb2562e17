// What is known of a model: how much it reads, and what it costs.
import type { OwnModels } from '../../schema/own-models.ts';
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

type KnowingProvider = { name: string; knownModels: { readonly [model: string]: KnownModel } };

/**
 * @param model with or without the date of a snapshot
 * @param own what the operator says, over the rest
 */
export function findKnownModel(
  { name: provider, knownModels }: KnowingProvider,
  model: string,
  own: OwnModels | undefined = {},
): KnownModel | undefined {
  const named = [model, model.replace(/-20\d{6}$/, '')].find((name) => Object.hasOwn(knownModels, name));
  const known = named === undefined ? undefined : knownModels[named];
  const fullName = `${provider}/${model}`;
  const said = Object.hasOwn(own, fullName) ? own[fullName] : undefined;
  if (!said) return known;
  const { contextTokens = known?.contextTokensMax ?? unknownContextTokensMax, prices, sees } = said;
  return {
    ...known,
    contextTokensMax: contextTokens,
    ...(prices && { prices: ratesOf(prices.input, prices.output, prices.cached ?? prices.input, prices.cacheWrite) }),
    ...(sees !== undefined && { seesImages: sees }),
  };
}

/** What a model that isn't known is taken to read: every current one reads at least this. */
export const unknownContextTokensMax = 200_000;
