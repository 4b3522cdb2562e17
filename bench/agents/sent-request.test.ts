// The tokens of an agent's requests, and what a cache by Anthropic's rules has of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnthropicBody, AnthropicCache } from './sent-request.ts';

const mark = { cache_control: { type: 'ephemeral' } };
const long = 'word '.repeat(2_000);
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });
const turnsOf = (...blocks: Record<string, unknown>[]): AnthropicBody['messages'] =>
  blocks.map((block, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content: [block] }));

test('what a model reads is counted: names, descriptions, inputs, texts, calls and results', () => {
  const { systemTokens, toolTokens, messageTokens, tokens, tools } = new AnthropicCache().count({
    system: 'You are an agent.',
    tools: [
      { type: 'bash_20250124', name: 'bash' },
      { name: 'finish', description: 'Ends.', input_schema: { type: 'object' } },
    ],
    messages: turnsOf(
      text('Build it'),
      { type: 'tool_use', id: 'a', name: 'bash', input: { command: 'make' } },
      { type: 'tool_result', tool_use_id: 'a', content: [text('Made.')] },
    ),
  });
  assert.ok(toolTokens > 245 && toolTokens < 270);
  assert.ok(systemTokens > 3 && messageTokens > 8 && messageTokens < 25);
  assert.equal(tokens, systemTokens + toolTokens + messageTokens);
  assert.equal(tools, 2);
});

test('a conversation that grew is read from the cache up to where an earlier request had marked it', () => {
  const cache = new AnthropicCache();
  const first = cache.count({ messages: turnsOf(text(long, mark)) });
  assert.deepEqual([first.cachedTokens, first.cacheWriteTokens], [0, first.tokens]);
  const second = cache.count({ messages: turnsOf(text(long), text('Yes'), text('Now', mark)) });
  assert.deepEqual([second.cachedTokens, second.cacheWriteTokens], [first.tokens, second.tokens - first.tokens]);
});

test('what ends more than 20 blocks before a breakpoint is not found', () => {
  const cache = new AnthropicCache();
  cache.count({ messages: turnsOf(text(long, mark)) });
  const more = (blocks: number) => Array.from({ length: blocks }, () => text('x'));
  assert.equal(cache.count({ messages: turnsOf(text(long), ...more(20), text('Now', mark)) }).cachedTokens, 0);
  assert.ok(cache.count({ messages: turnsOf(text(long), ...more(18), text('Now', mark)) }).cachedTokens > 0);
});

test('a conversation whose beginning changed, or that is short or unmarked, is not in the cache', () => {
  const cache = new AnthropicCache();
  for (const block of [text('Short', mark), text(long)]) {
    cache.count({ messages: turnsOf(block) });
    assert.equal(cache.count({ messages: turnsOf(block) }).cachedTokens, 0);
  }
  cache.count({ system: [text('You are one.')], messages: turnsOf(text(long, mark)) });
  const other = cache.count({ system: [text('You are another.')], messages: turnsOf(text(long, mark)) });
  assert.equal(other.cachedTokens, 0);
});
