// Which requests are made again: those that can't do something twice, and only where that may help.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LucidError } from '../lucid-error.ts';
import { chooseRetryMs } from './retries.ts';

const bounds = { backOffBaseMs: 100, backOffMaxMs: 1_000, requestAttemptsMax: 3 };
const retryOf = (error: LucidError, isRepeatable: boolean, attempts = 1) =>
  chooseRetryMs({ error, isRepeatable, attempts }, bounds, () => 0.5);
const lost = new LucidError('networkFailed', 'The connection was lost.');

test('a request that may be done twice is made again, after a while that grows', () => {
  assert.deepEqual([retryOf(lost, true, 1), retryOf(lost, true, 2)], [50, 100]);
});

test('a request whose answer was lost is not made again where it may have been done', () => {
  for (const code of ['networkFailed', 'timedOut', 'noAnswer', 'internal', 'storageUnavailable'] as const)
    assert.equal(retryOf(new LucidError(code, '?'), false), undefined, code);
});

test('a request that was refused at the door is made again, when the engine says', () => {
  const refused = new LucidError('tooManyCommands', 'Too many.', { retryAfterMs: 700 });
  assert.equal(retryOf(refused, false), 750);
});

test('what would be refused again is not made again, and nothing is made again without end', () => {
  assert.equal(retryOf(new LucidError('noSuchSession', 'No.'), true), undefined);
  assert.equal(retryOf(lost, true, 3), undefined);
});

test('a wait that is longer than any between tries is left to the caller', () => {
  const far = new LucidError('tooManySessions', 'Too many.', { retryAfterMs: 1_001 });
  assert.equal(retryOf(far, true), undefined);
});
