// What errors mean to a session, of OpenAI and of servers that speak as it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIConnectionError, APIError } from 'openai';
import type { AskFailure } from '../../model-errors.ts';
import { readOpenAiFailure, refusesCounting } from './openai-failure.ts';

const nowMs = Date.UTC(2026, 0, 1);

const meaningOf = (status: number, error: object, headers = {}): AskFailure =>
  readOpenAiFailure(APIError.generate(status, { error }, undefined, new Headers(headers)), 'gpt-x', nowMs);

test('each error has its meaning', () => {
  const cases: [number, object, string][] = [
    [401, { message: 'Incorrect API key provided.', code: 'invalid_api_key' }, 'auth'],
    [403, { message: 'Not allowed.' }, 'auth'],
    [403, { message: 'Insufficient credits for this.' }, 'quota'],
    [402, { message: 'Insufficient credits.', code: 402 }, 'quota'],
    [404, { message: 'The model does not exist.', code: 'model_not_found' }, 'badRequest'],
    [429, { message: 'Slow down.', type: 'requests', code: 'rate_limit_exceeded' }, 'rateLimited'],
    [429, { message: 'You exceeded your current quota.', code: 'insufficient_quota' }, 'quota'],
    [400, { message: 'Too much.', code: 'context_length_exceeded' }, 'contextTooLong'],
    [400, { message: 'Your input exceeds the context window of this model.' }, 'contextTooLong'],
    [
      400,
      { message: "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens." },
      'contextTooLong',
    ],
    [
      400,
      { message: 'the request exceeds the available context size (4096 tokens), try increasing it' },
      'contextTooLong',
    ],
    [413, { message: 'Large.' }, 'contextTooLong'],
    [422, { message: 'No such field.' }, 'badRequest'],
    [500, { message: 'Internal.', type: 'server_error' }, 'overloaded'],
    [503, { message: 'The engine is currently overloaded.' }, 'overloaded'],
    [529, { message: 'Busy.' }, 'overloaded'],
  ];
  for (const [status, error, code] of cases) assert.equal(meaningOf(status, error).code, code, JSON.stringify(error));
});

test('a request that is larger than a minute allows is too long, with its numbers', () => {
  const message = 'Request too large for gpt-x on tokens per min (TPM): Limit 30000, Requested 41000. Reduce it.';
  const { code, tooLong } = meaningOf(429, { message, type: 'tokens', code: 'rate_limit_exceeded' });
  assert.deepEqual([code, tooLong], ['contextTooLong', { sent: 41_000, max: 30_000 }]);
});

test('a request that asks to think, to give thoughts back or to count, where the server takes none, is told apart', () => {
  const thinking = {
    message: "Function tools with reasoning_effort are not supported. Set reasoning_effort to 'none'.",
    param: 'reasoning_effort',
  };
  assert.equal(meaningOf(400, thinking).refusesThinking, true);
  const thoughts = { message: "Unrecognized field 'messages[1].reasoning_content'" };
  assert.equal(meaningOf(400, thoughts).refusesThoughts, true);
  assert.equal(refusesCounting(meaningOf(400, { message: 'Unknown parameter: stream_options' })), true);
  const other = meaningOf(400, { message: 'tools[0]: bad' });
  assert.deepEqual(
    [other.refusesThinking, other.refusesThoughts, refusesCounting(other)],
    [undefined, undefined, false],
  );
});

test('what a gateway’s own provider said is shown beside what the gateway says', () => {
  const { message } = meaningOf(400, { message: 'Provider returned error', metadata: { raw: 'no such tool type' } });
  assert.match(message, /Provider returned error: no such tool type/);
});

test('the time to come back is taken over', () => {
  const headers = { 'retry-after': '2.5' };
  assert.equal(meaningOf(429, { message: 'Slow down.' }, headers).retryAfterMs, 2_500);
});

test('a broken connection is named by its system code, and a bug of the engine is none', () => {
  const cause = Object.assign(new Error('read'), { code: 'ECONNRESET' });
  const fetchError = new TypeError('fetch failed', { cause });
  for (const error of [new APIConnectionError({ cause: fetchError }), fetchError])
    assert.match(readOpenAiFailure(error, 'm', nowMs).message, /\(ECONNRESET\)/);
  const fault = new TypeError('undefined is not a function');
  assert.throws(() => readOpenAiFailure(fault, 'm', nowMs), fault);
});
