// What providers' headers say is left, and what of it is no limit that anybody waits for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLimits } from './read-limits.ts';

const nowMs = Date.UTC(2026, 10, 29);

test('Anthropic’s limits are requests, tokens that are not from its cache, and tokens that it writes', () => {
  const of = (what: string, limit: number, remaining: number) => ({
    [`anthropic-ratelimit-${what}-limit`]: `${limit}`,
    [`anthropic-ratelimit-${what}-remaining`]: `${remaining}`,
    [`anthropic-ratelimit-${what}-reset`]: new Date(nowMs + 30_000).toISOString(),
  });
  const headers = { ...of('requests', 50, 49), ...of('input-tokens', 30_000, 1_000), ...of('output-tokens', 8_000, 0) };
  assert.deepEqual(readLimits(new Headers(headers), nowMs), {
    requests: { limit: 50, remaining: 49, fullInMs: 30_000 },
    freshTokens: { limit: 30_000, remaining: 1_000, fullInMs: 30_000 },
    outputTokens: { limit: 8_000, remaining: 0, fullInMs: 30_000 },
  });
});

test('OpenAI’s limits are requests and tokens, with durations', () => {
  const resetOf = (reset: string) => {
    const headers = {
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '10',
      ...(reset && { 'x-ratelimit-reset-tokens': reset }),
    };
    return readLimits(new Headers(headers), nowMs).tokens?.fullInMs;
  };
  assert.deepEqual(['20ms', '1.5s', '1m3s', '7', ''].map(resetOf), [20, 1_500, 63_000, 7_000, 60_000]);
});

test('limits of a day, and headers that make no sense, are none', () => {
  const of = (limit: string, remaining: string, reset: string) =>
    readLimits(
      new Headers({
        'x-ratelimit-limit-requests': limit,
        'x-ratelimit-remaining-requests': remaining,
        'x-ratelimit-reset-requests': reset,
      }),
      nowMs,
    );
  for (const [limit, remaining, reset] of [
    ['1000', '0', '23h59m'],
    ['0', '0', '1s'],
    ['-1', '5', '1s'],
    ['many', '5', '1s'],
    ['1e9', '5', '1s'],
  ] as const)
    assert.deepEqual(of(limit, remaining, reset), {}, `${limit} ${remaining} ${reset}`);
  assert.equal(of('10', '5', 'soon').requests?.fullInMs, 60_000);
  assert.deepEqual(readLimits(new Headers(), nowMs), {});
});
