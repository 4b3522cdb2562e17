// A refusal for now says over REST when to come again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed } from '../../schema/error.ts';
import { problemAnswerOf } from './http-answer.ts';

test('a client gets the time to wait in whole seconds, rounded up, in a header, and in milliseconds in the body', () => {
  for (const [retryAfterMs, seconds] of [
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [5_000, '5'],
  ] as const) {
    const { failure } = failed('tooManyCommands', 'You send too many commands.', { retryAfterMs });
    const { status, headers, body } = problemAnswerOf(failure);
    assert.deepEqual([status, headers?.['Retry-After']], [429, seconds]);
    assert.partialDeepStrictEqual(body, { code: 'tooManyCommands', retryAfterMs });
  }
});
