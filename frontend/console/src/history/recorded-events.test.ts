// A replay knows of a record when each event was, and where turns are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent } from '../lucid.ts';
import { isTurnOpen, listTimes, listTurns } from './recorded-events.ts';

const position = (sequence: number) => ({ sessionId: 's-1', epoch: 1, sequence });
const timeAt = (second: number) => `2026-11-29T12:00:0${second}.000Z`;
const record: SessionEvent[] = [
  { type: 'status', status: 'initializing', message: 'Preparing.', ...position(1), timestamp: timeAt(0) },
  { type: 'ack', id: null, eventType: 'InitialTask', content: 'a', ...position(2), timestamp: timeAt(1) },
  {
    type: 'agent_event',
    event: 'action',
    eventType: 'ThinkAction',
    content: 'b',
    ...position(3),
    timestamp: timeAt(1),
  },
  { type: 'status', status: 'completed', reason: 'finished', message: '', ...position(4), timestamp: timeAt(4) },
  { type: 'ack', id: null, eventType: 'UserMessage', content: 'c', ...position(5), timestamp: timeAt(5) },
] as SessionEvent[];

test('events are as far apart as they were, and turns begin with what a person said', () => {
  const times = listTimes(record);
  assert.deepEqual(
    times.map((time) => time - (times[0] ?? 0)),
    [0, 1_000, 1_000, 4_000, 5_000],
  );
  assert.deepEqual(listTurns(record), [2, 5]);
});

test('a turn goes on from a message until it is completed', () => {
  assert.deepEqual(
    record.map((_, at) => isTurnOpen(record.slice(0, at + 1))),
    [true, true, true, false, true],
  );
  assert.equal(isTurnOpen([]), false);
});
