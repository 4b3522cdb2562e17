// What an operator says of models that the engine doesn't know, or knows otherwise: what they read and what they cost.
import * as v from 'valibot';

/** Of one file: it lists what people choose from. */
const modelsMax = 200;
const contextTokensMin = 4_000;
const contextTokensMax = 100_000_000;

/** In US dollars for a million tokens. */
const price = v.pipe(v.number(), v.minValue(0), v.maxValue(100_000));

const OwnModel = v.strictObject({
  contextTokens: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(contextTokensMin), v.maxValue(contextTokensMax)),
  ),
  /** What is written to a cache or read from it costs as `input` does where nothing else is said. */
  prices: v.exactOptional(
    v.strictObject({ input: price, output: price, cached: v.optional(price), cacheWrite: v.optional(price) }),
  ),
  sees: v.exactOptional(v.boolean()),
});

/** By `provider/model`. */
export const OwnModels = v.pipe(
  v.record(v.pipe(v.string(), v.regex(/^[a-z]+\/\S{1,200}$/)), OwnModel),
  v.check((models) => Object.keys(models).length <= modelsMax),
);
export type OwnModels = v.InferOutput<typeof OwnModels>;
