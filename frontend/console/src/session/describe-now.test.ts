// One sees how a session stands without its events: the model, how full its context is, and what is the matter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionNow } from '../lucid.ts';
import { describeServer, describeTrouble, shareOfContext, shortModel } from './describe-now.ts';

const quiet: SessionNow = { waitingFor: [], unread: [] };
const nowMs = Date.parse('2026-11-30T00:00:00Z');

test('a model is named without its provider, and the share of its context is never more than all of it', () => {
  assert.equal(shortModel('openrouter/meta/llama'), 'llama');
  assert.equal(shareOfContext({ context: { tokens: 43_100, tokensMax: 1_000_000 } }), 5);
  assert.equal(shareOfContext({ context: { tokens: 3, tokensMax: 2 } }), 100);
  assert.equal(shareOfContext({ context: { tokens: 3, tokensMax: 0 } }), undefined);
  assert.equal(shareOfContext({}), undefined);
});

test('a server says how many tools it has, or why it has none', () => {
  assert.equal(describeServer({ state: 'ready', tools: ['a'] }), '1 tool');
  assert.equal(describeServer({ state: 'waiting', tools: [] }), 'starts with the next turn');
  assert.equal(describeServer({ state: 'failed', tools: [], reason: 'It hangs.' }), 'failed: It hangs.');
});

test('a request that waits for a limit is told until it is over, and then what has failed', () => {
  const held = { ...quiet, rateLimitedUntil: '2026-11-30T00:00:10Z' };
  assert.equal(describeTrouble(quiet, nowMs), undefined);
  assert.equal(describeTrouble(held, nowMs), 'waits for rate limit');
  assert.equal(describeTrouble(held, nowMs + 10_000), undefined);
  const failed = { ...quiet, mcpServers: [{ name: 'docs', state: 'failed' as const, tools: [] }] };
  assert.equal(describeTrouble(failed, nowMs), 'an MCP server failed');
});
