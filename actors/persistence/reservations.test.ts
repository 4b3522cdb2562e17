// Money that one session is about to spend is no other one's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reservations } from './reservations.ts';

const of = (sessionId: string, userId: string, usd: number, day = '2026-02-17') => ({ sessionId, userId, usd, day });

test('a session hears what others are about to spend, by user and in all, and not what it is itself', () => {
  const reservations = new Reservations();
  assert.deepEqual(reservations.reserve(of('a', 'ada', 1), 0), { userUsd: 0, engineUsd: 0 });
  assert.deepEqual(reservations.reserve(of('b', 'ada', 2), 0), { userUsd: 1, engineUsd: 1 });
  assert.deepEqual(reservations.reserve(of('c', 'ben', 4), 0), { userUsd: 0, engineUsd: 3 });
  assert.deepEqual(reservations.reserve(of('a', 'ada', 8), 0), { userUsd: 2, engineUsd: 6 });
  assert.deepEqual(reservations.reserve(of('d', 'ada', 1, '2026-02-18'), 0), { userUsd: 0, engineUsd: 0 });
});

test('what was spent, or is never going to be, is reserved no more', () => {
  const reservations = new Reservations();
  reservations.reserve(of('a', 'ada', 1), 0);
  reservations.reserve(of('b', 'ada', 2), 0);
  reservations.release('a');
  assert.deepEqual(reservations.reserve(of('c', 'ada', 4), 899_999), { userUsd: 2, engineUsd: 2 });
  assert.deepEqual(reservations.reserve(of('d', 'ada', 8), 900_000), { userUsd: 4, engineUsd: 4 });
});
