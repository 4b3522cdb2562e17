// Whoever looks at the list sees what each agent does, and why those that stopped did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeNow } from './describe-now.ts';
import { makeReport } from './testing/report.ts';

const lastEvent = (eventType: string) => ({ epoch: 1, sequence: 3, eventType, createdAt: '2026-11-29T10:00:00Z' });

test('a session at work says what its agent does', () => {
  assert.equal(
    describeNow(makeReport({ state: 'working', lastEvent: lastEvent('CmdRunAction') })),
    'Running a command',
  );
  assert.equal(
    describeNow(makeReport({ state: 'working', lastEvent: lastEvent('CmdOutputObservation') })),
    'Waiting for the model',
  );
});

test('a session that needs somebody says why, and one that is done says nothing more', () => {
  const lastTurn = { reason: 'timeout', message: 'The turn took too long.' } as const;
  assert.equal(describeNow(makeReport({ state: 'idle', lastTurn })), 'The turn took too long.');
  assert.equal(describeNow(makeReport({ state: 'idle', lastTurn: { ...lastTurn, reason: 'interrupted' } })), null);
  assert.equal(describeNow(makeReport({ state: 'stopped', lastTurn })), null);
  assert.equal(describeNow(makeReport({ state: 'idle', lastTurn: { ...lastTurn, reason: 'finished' } })), null);
});
