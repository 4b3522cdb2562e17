// What an answer costs, and which models have a price.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf } from './cost.ts';
import { findKnownModel } from './known-models.ts';
import { anthropic } from './providers/anthropic/anthropic.ts';

const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 800_000, cacheWriteTokens: 50_000 };

test('what the operator says of a model counts, and the rest is as it is known', () => {
  const own = {
    'anthropic/own-7b': { contextTokens: 32_768, prices: { input: 0.2, output: 0.8 }, sees: false },
    'anthropic/claude-sonnet-5-5': { contextTokens: 500_000 },
  };
  assert.deepEqual(findKnownModel(anthropic, 'own-7b', own), {
    contextTokensMax: 32_768,
    prices: { input: 0.2, output: 0.8, cached: 0.2, cacheWrite: 0.2 },
    seesImages: false,
  });
  const known = findKnownModel(anthropic, 'claude-sonnet-5-5');
  assert.deepEqual(findKnownModel(anthropic, 'claude-sonnet-5-5', own), { ...known, contextTokensMax: 500_000 });
  assert.equal(findKnownModel(anthropic, 'own-8b', own), undefined);
});

test('each token is paid once: fresh, from the cache, into the cache, or written', () => {
  const prices = { input: 2, output: 10, cached: 0.1, cacheWrite: 2.5 };
  assert.equal(costOf(usage, prices), 0.15 * 2 + 0.8 * 0.1 + 0.05 * 2.5 + 0.1 * 10);
  const nothing = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };
  assert.equal(costOf(nothing, prices), 0);
});

test('a long request costs more as a whole, where the model has such a price', () => {
  const long = { aboveTokens: 200_000, input: 4, output: 18, cached: 0.4, cacheWrite: 4 };
  const prices = { input: 2, output: 12, cached: 0.2, cacheWrite: 2, long };
  const short = { inputTokens: 200_000, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };
  assert.equal(costOf(short, prices), 0.4);
  assert.equal(costOf({ ...short, inputTokens: 250_000 }, prices), 1);
});

test('a model is known with and without the date of its snapshot; an unknown one has no price', () => {
  assert.equal(findKnownModel(anthropic, 'claude-haiku-4-5-20251001'), findKnownModel(anthropic, 'claude-haiku-4-5'));
  assert.equal(findKnownModel(anthropic, 'claude-sonnet-5-5')?.prices?.output, 10);
  assert.equal(findKnownModel(anthropic, 'claude-sonnet-99'), undefined);
  assert.equal(findKnownModel(anthropic, 'toString'), undefined);
});
