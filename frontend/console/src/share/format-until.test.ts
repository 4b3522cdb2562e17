// How long a share still holds, in words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatUntil } from './format-until.ts';

test('what is left is told in the largest unit that it fills or nearly does, rounded', () => {
  const now = Date.parse('2026-02-17T10:00:00.000Z');
  const after = (ms: number) => formatUntil(new Date(now + ms).toISOString(), now);
  assert.deepEqual(
    [0, -5, 50_000, 59_999, 20 * 60_000, 3_600_000, 5 * 3_600_000, 86_400_000 - 9_000, 7 * 86_400_000 - 9_000].map(
      after,
    ),
    [
      ...['over', 'over', 'in less than a minute', 'in 1 minute', 'in 20 minutes', 'in 1 hour', 'in 5 hours'],
      ...['in 1 day', 'in 7 days'],
    ],
  );
});
