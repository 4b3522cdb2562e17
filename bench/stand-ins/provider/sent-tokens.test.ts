// The tokens of a conversation's requests that a provider's cache would have held.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnthropicRequest, ProviderCache } from './sent-tokens.ts';

const mark = { cache_control: { type: 'ephemeral' } };
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });
const turnsOf = (...turns: Record<string, unknown>[]) =>
  turns.map((block, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: [block] }));

const first: AnthropicRequest = {
  tools: [{ name: 'bash', ...mark }],
  system: [text('You are an agent.', mark)],
  messages: turnsOf(text('Build it', mark)),
};
const firstTokens = new ProviderCache().count(first).tokens;

test('a first request is written to the cache up to its last breakpoint', () => {
  assert.deepEqual(new ProviderCache().count(first), {
    tokens: firstTokens,
    cachedTokens: 0,
    cacheWriteTokens: firstTokens,
  });
  const longer = { ...first, messages: turnsOf(text('Build it', mark), text('Yes'), text('Now')) };
  const { tokens, cacheWriteTokens } = new ProviderCache().count(longer);
  assert.equal(cacheWriteTokens, firstTokens);
  assert.ok(tokens > firstTokens);
});

test('a conversation that grew is read from the cache up to where it was marked, and the rest is written', () => {
  const cache = new ProviderCache();
  cache.count(first);
  const { tokens, ...counted } = cache.count({
    ...first,
    messages: turnsOf(text('Build it', mark), text('Yes'), text('Now', mark)),
  });
  assert.ok(tokens > firstTokens);
  assert.deepEqual(counted, { cachedTokens: firstTokens, cacheWriteTokens: tokens - firstTokens });
});

test('a request whose breakpoint has moved on reads nothing where the old place is not marked again', () => {
  const cache = new ProviderCache();
  cache.count({ messages: turnsOf(text('Build it', mark)) });
  const { tokens, ...counted } = cache.count({ messages: turnsOf(text('Build it'), text('Yes'), text('Now', mark)) });
  assert.deepEqual(counted, { cachedTokens: 0, cacheWriteTokens: tokens });
});

test('a conversation whose beginning changed is read from the cache up to the change', () => {
  const cache = new ProviderCache();
  cache.count(first);
  const { cachedTokens } = cache.count({ ...first, messages: turnsOf(text('Tear it down', mark)) });
  assert.ok(cachedTokens > 0 && cachedTokens < firstTokens);
});

test('a request without breakpoints is not cached', () => {
  const cache = new ProviderCache();
  const request = { messages: turnsOf(text('Build it')) };
  cache.count(request);
  const { cachedTokens, cacheWriteTokens } = cache.count(request);
  assert.deepEqual([cachedTokens, cacheWriteTokens], [0, 0]);
});
