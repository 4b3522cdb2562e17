// The list prices of a model, as the engine knows them.
import { findKnownModel } from '../../../actors/models/known-models.ts';
import type { Prices } from '../../../actors/models/model.ts';
import { anthropic } from '../../../actors/models/providers/anthropic/anthropic.ts';

export function pricesOf(model: string): Prices {
  const prices = findKnownModel(anthropic, model)?.prices;
  if (!prices) throw new Error(`The price of ${model} is not known.`);
  return prices;
}
