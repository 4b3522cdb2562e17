// What Anthropic's errors mean to a session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import type { AskFailure } from '../../model-errors.ts';
import { readAnthropicFailure } from './anthropic-failure.ts';

const nowMs = Date.UTC(2026, 0, 1);

function meaningOf(status: number, type: string, message: string, details?: object, headers = {}): AskFailure {
  const body = { type: 'error', error: { type, message, ...(details && { details }) } };
  return readAnthropicFailure(APIError.generate(status, body, undefined, new Headers(headers)), 'claude-x', nowMs);
}

test('each error has its meaning', () => {
  const cases: [number, string, string, string][] = [
    [400, 'invalid_request_error', 'Your credit balance is too low to access the API.', 'quota'],
    [400, 'invalid_request_error', 'You have reached your specified API usage limits.', 'quota'],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'contextTooLong'],
    [400, 'invalid_request_error', 'max_tokens: must be at least 1', 'badRequest'],
    [401, 'authentication_error', 'invalid x-api-key', 'auth'],
    [402, 'billing_error', 'Payment is due.', 'quota'],
    [403, 'permission_error', 'Not allowed.', 'auth'],
    [403, 'permission_error', 'Your billing plan does not include this.', 'quota'],
    [404, 'not_found_error', 'model: claude-x', 'badRequest'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'contextTooLong'],
    [413, 'unheard_of', 'The body is large.', 'contextTooLong'],
    [400, 'invalid_request_error', 'Input is too long for requested model.', 'contextTooLong'],
    [429, 'rate_limit_error', 'Slow down.', 'rateLimited'],
    [500, 'api_error', 'Internal.', 'overloaded'],
    [503, 'unheard_of', 'Away.', 'overloaded'],
    [504, 'timeout_error', 'Took too long.', 'overloaded'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
  ];
  for (const [status, type, message, code] of cases) assert.equal(meaningOf(status, type, message).code, code, message);
});

test('a spending limit is no limit that passes, even where its status says so', () => {
  const limit = { error_code: 'enforced_spend_limit_reached' };
  assert.equal(meaningOf(429, 'rate_limit_error', 'Limit.', limit).code, 'quota');
});

test('the time to come back is taken over, in milliseconds, seconds or as a date', () => {
  const waitOf = (headers: Record<string, string>) =>
    meaningOf(529, 'overloaded_error', '', undefined, headers).retryAfterMs;
  assert.equal(waitOf({ 'retry-after-ms': '1500', 'retry-after': '9' }), 1_500);
  assert.equal(waitOf({ 'retry-after': '2.5' }), 2_500);
  assert.equal(waitOf({ 'retry-after': new Date(nowMs + 7_000).toUTCString() }), 7_000);
  assert.equal(waitOf({ 'retry-after': new Date(nowMs - 7_000).toUTCString() }), 0);
  assert.equal(waitOf({ 'retry-after': 'soon' }), undefined);
  assert.equal(waitOf({}), undefined);
});

test('thoughts that the provider does not take back are told apart', () => {
  const messages = [
    'messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.',
    '`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.',
  ];
  for (const message of messages)
    assert.equal(meaningOf(400, 'invalid_request_error', message).refusesThoughts, true, message);
  assert.equal(meaningOf(400, 'invalid_request_error', 'thinking.type: unknown').refusesThoughts, undefined);
});

test('a broken connection is named by its system code', () => {
  const cause = Object.assign(new Error('read'), { code: 'ECONNRESET' });
  const fetchError = new TypeError('fetch failed', { cause });
  for (const error of [new APIConnectionError({ cause: fetchError }), fetchError]) {
    const { code, message } = readAnthropicFailure(error, 'm', nowMs);
    assert.equal(code, 'network');
    assert.match(message, /\(ECONNRESET\)/);
  }
});

test('a bug of the engine is not taken for a failure of the provider', () => {
  const fault = new TypeError('undefined is not a function');
  assert.throws(() => readAnthropicFailure(fault, 'm', nowMs), fault);
});
