// What Google's errors mean to a session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GoogleGenerativeAIAbortError,
  GoogleGenerativeAIError,
  GoogleGenerativeAIFetchError,
} from '@google/generative-ai';
import { readGoogleFailure } from './google-failure.ts';

const address = 'Error fetching from https://host/v1beta/models/gemini-x:streamGenerateContent?alt=sse:';

function meaningOf(status: number, said: string, details: Record<string, unknown>[] = []) {
  const shown = details.length > 0 ? `${said} ${JSON.stringify(details)}` : said;
  const error = new GoogleGenerativeAIFetchError(`${address} [${status} Bad] ${shown}`, status, 'Bad', details);
  return readGoogleFailure(error, 'gemini-x');
}

test('each error has its meaning', () => {
  const cases: [number, string, string][] = [
    [400, 'The input token count (1091639) exceeds the maximum number of tokens allowed (1048576).', 'contextTooLong'],
    [400, 'input token count is 1200000 but model only supports up to 1048576', 'contextTooLong'],
    [413, 'Payload too large.', 'contextTooLong'],
    [400, 'Invalid JSON payload received.', 'badRequest'],
    [401, 'Unauthenticated.', 'auth'],
    [403, 'Permission denied.', 'auth'],
    [404, 'models/gemini-x is not found', 'badRequest'],
    [429, 'Resource has been exhausted (e.g. check quota).', 'rateLimited'],
    [500, 'Internal.', 'overloaded'],
    [503, 'The model is overloaded.', 'overloaded'],
    [504, 'Deadline exceeded.', 'overloaded'],
  ];
  for (const [status, said, code] of cases) assert.equal(meaningOf(status, said).code, code, said);
});

test('a wrong key is a bad request with a reason', () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
  assert.equal(meaningOf(400, 'API key not valid.', details).code, 'auth');
});

test('a limit of a minute says when it is over, one of a day is a quota', () => {
  const quota = (quotaId: string) => ({ '@type': 'google.rpc.QuotaFailure', violations: [{ quotaId }] });
  const retry = { '@type': 'google.rpc.RetryInfo', retryDelay: '34.5s' };
  const minute = meaningOf(429, 'Quota exceeded.', [quota('RequestsPerMinutePerProject'), retry]);
  assert.deepEqual([minute.code, minute.retryAfterMs], ['rateLimited', 34_500]);
  assert.equal(meaningOf(429, 'Quota exceeded.', [quota('RequestsPerDayPerProject'), retry]).code, 'quota');
});

test('people get what the provider said, not where it was asked or its details', () => {
  const { message } = meaningOf(400, 'Unknown name "x".', [{ fieldViolations: ['contents[0]'] }]);
  assert.equal(message, 'The model provider did not accept the request. (Unknown name "x".)');
});

test('signatures that the provider does not take back are told apart', () => {
  assert.equal(meaningOf(400, 'Corrupted thought signature.').refusesThoughts, true);
  assert.equal(
    meaningOf(400, 'Function call is missing a thought_signature in functionCall parts.').refusesThoughts,
    true,
  );
  assert.equal(meaningOf(400, 'Bad.').refusesThoughts, undefined);
});

test('a broken connection and a broken stream are told apart', () => {
  const codeOf = (error: Error) => readGoogleFailure(error, 'm').code;
  assert.equal(codeOf(new GoogleGenerativeAIError('Error fetching from x: fetch failed')), 'network');
  assert.equal(codeOf(new GoogleGenerativeAIError('Failed to parse stream')), 'network');
  assert.equal(codeOf(new GoogleGenerativeAIError('Error parsing JSON response: "{"')), 'malformed');
  assert.equal(codeOf(new GoogleGenerativeAIAbortError('Request aborted')), 'network');
});

test('a bug of the engine is not taken for a failure of the provider', () => {
  const fault = new TypeError('undefined is not a function');
  assert.throws(() => readGoogleFailure(fault, 'm'), fault);
});
