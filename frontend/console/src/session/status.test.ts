// A session says how it stands in the same words wherever it is shown.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent } from '../lucid.ts';
import { describeStanding, standingNow, titleOf } from './status.ts';

const ended = (reason: string) => ({ type: 'status', status: 'completed', reason }) as SessionEvent;

test('a session that waits says its place, and one that was cut says how', () => {
  assert.equal(describeStanding({ state: 'working', queuePosition: 2 }).word, 'waiting, place 2');
  assert.equal(describeStanding({ state: 'idle', lastEnd: 'iterations' }).word, 'out of steps');
  assert.equal(describeStanding({ state: 'idle', lastEnd: 'finished' }).word, 'ready');
  assert.equal(describeStanding({ state: 'idle' }).word, 'ready');
});

test('what was heard of a session goes before its report', () => {
  const report = { state: 'working', lastTurn: { reason: 'failed', message: null } } as const;
  assert.equal(standingNow({ status: null, events: [] }, undefined), null);
  assert.deepEqual(standingNow({ status: null, events: [] }, report), { state: 'working', lastEnd: 'failed' });
  const heard = { status: 'idle', events: [ended('failed'), ended('timeout')] } as const;
  assert.deepEqual(standingNow(heard, report), { state: 'idle', lastEnd: 'timeout' });
});

test('the title of a tab says how the session stands before what it is about', () => {
  assert.equal(titleOf('Mend it', { state: 'working' }), 'working: Mend it – Lucid');
  assert.equal(titleOf('Mend it', { state: 'idle', lastEnd: 'failed' }), 'turn failed: Mend it – Lucid');
  assert.equal(titleOf('a\u202eb', null), 'a⟨U+202E⟩b – Lucid');
});
