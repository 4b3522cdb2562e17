// What a page shows of a session: its status and usage as the events have it, in snapshots that change only when they do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent } from './frames.ts';
import { applyEvent, type SessionSnapshot, Store } from './state.ts';

const nothing: SessionSnapshot = {
  connection: 'open',
  status: null,
  sessionId: 's-1',
  epoch: 0,
  sequence: 0,
  queued: 0,
  usage: null,
  turnUsage: null,
  now: null,
  missed: null,
  problem: null,
};
const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 3, cacheWriteTokens: 1, steps: 2, durationMs: 500 };

let last = 0;
const event = (more: object) => ({ sessionId: 's-1', epoch: 1, sequence: ++last, ...more }) as SessionEvent;

test('the status is that of REST: working from a message to the end of its turn', () => {
  const steps: [object, string | null][] = [
    [{ type: 'status', status: 'initializing' }, null],
    [{ type: 'ack', eventType: 'InitialTask' }, 'working'],
    [{ type: 'status', status: 'ready' }, 'working'],
    [{ type: 'agent_event', eventType: 'ThinkAction' }, 'working'],
    [{ type: 'status', status: 'completed' }, 'idle'],
    [{ type: 'ack', eventType: 'Interrupt' }, 'idle'],
    [{ type: 'agent_event', eventType: 'UserFileChange' }, 'idle'],
    [{ type: 'agent_event', eventType: 'ThinkAction' }, 'working'],
    [{ type: 'status', status: 'completed' }, 'idle'],
    [{ type: 'ack', eventType: 'UserMessage' }, 'working'],
    [{ type: 'agent_event', eventType: 'AskUserAction', waitingFor: { kind: 'question' } }, 'waiting'],
    [{ type: 'ack', eventType: 'UserMessage' }, 'waiting'],
    [{ type: 'ack', eventType: 'UserAnswer' }, 'working'],
    [{ type: 'status', status: 'completed' }, 'idle'],
    [{ type: 'ack', eventType: 'Stop' }, 'idle'],
    [{ type: 'status', status: 'stopped' }, 'stopped'],
  ];
  let snapshot = nothing;
  for (const [more, status] of steps) {
    snapshot = { ...snapshot, ...applyEvent(snapshot, event(more)) };
    assert.equal(snapshot.status, status, JSON.stringify(more));
  }
  assert.deepEqual([snapshot.epoch, snapshot.sequence], [1, last]);
  assert.equal(applyEvent(snapshot, event({ type: 'error' })).status, 'failed');
});

test('of several calls that wait one that is decided leaves the others, whenever the engine tells how it stands', () => {
  const wait = (toolCallId: string) => ({ kind: 'approval', toolCallId, text: 'It asks.', until: 'later' });
  const wanted = (id: string) => ({ type: 'agent_event', event: 'state', toolCallId: id, waitingFor: wait(id) });
  const steps: [object, string, string[]][] = [
    [{ type: 'agent_event', event: 'action', eventType: 'FileWriteAction', toolCallId: 'a' }, 'working', []],
    [wanted('a'), 'waiting', ['a']],
    [wanted('b'), 'waiting', ['a', 'b']],
    [wanted('c'), 'waiting', ['a', 'b', 'c']],
    [{ type: 'ack', eventType: 'ApprovalDecision', toolCallId: 'b' }, 'waiting', ['a', 'c']],
    [{ type: 'ack', eventType: 'UserMessage' }, 'waiting', ['a', 'c']],
    [{ type: 'ack', eventType: 'ApprovalDecision', toolCallId: 'a' }, 'waiting', ['c']],
    [{ type: 'agent_event', event: 'error', eventType: 'ErrorObservation', toolCallId: 'a' }, 'waiting', ['c']],
    [{ type: 'agent_event', event: 'error', eventType: 'ErrorObservation', toolCallId: 'c' }, 'working', []],
    [wanted('d'), 'waiting', ['d']],
    [{ type: 'status', status: 'completed' }, 'idle', []],
  ];
  let snapshot: SessionSnapshot = { ...nothing, now: { waitingFor: [], unread: [] } };
  for (const [more, status, waits] of steps) {
    snapshot = { ...snapshot, ...applyEvent(snapshot, event(more)) };
    const ids = snapshot.now?.waitingFor.map(({ toolCallId }) => toolCallId);
    assert.deepEqual([snapshot.status, ids], [status, waits], JSON.stringify(more));
  }
});

test('usage is that of all turns, with money where the prices are known', () => {
  const completed = (more = {}) => event({ type: 'status', status: 'completed', usage: { ...usage, ...more } });
  let snapshot = { ...nothing, ...applyEvent(nothing, completed()) };
  assert.deepEqual(snapshot.usage, usage);
  snapshot = { ...snapshot, ...applyEvent(snapshot, completed({ costUsd: 0.5 })) };
  assert.deepEqual([snapshot.usage?.inputTokens, snapshot.usage?.steps, snapshot.usage?.costUsd], [20, 4, 0.5]);
});

test('usage of the turn that goes on is shown until it has ended', () => {
  let snapshot = nothing;
  for (const [more, steps] of [
    [{ type: 'agent_event', usage }, 2],
    [{ type: 'agent_event', usage: { ...usage, steps: 9 }, parentToolCallId: 'c' }, 2],
    [{ type: 'agent_event' }, 2],
    [{ type: 'agent_event', usage: { ...usage, steps: 3 } }, 3],
    [{ type: 'status', status: 'completed', usage: { ...usage, steps: 4 } }, undefined],
  ] as const) {
    snapshot = { ...snapshot, ...applyEvent(snapshot, event(more)) };
    assert.equal(snapshot.turnUsage?.steps, steps);
  }
  assert.equal(snapshot.usage?.steps, 4);
});

test('a snapshot stays the same until something changes, and who has left hears no more', () => {
  const store = new Store(nothing);
  const heard: number[] = [];
  const leave = store.subscribe(() => heard.push(store.getSnapshot().queued));
  assert.equal(store.change({ queued: 0 }), false);
  assert.equal(store.getSnapshot(), nothing);
  store.change({ queued: 1 });
  leave();
  store.change({ queued: 2 });
  assert.deepEqual(heard, [1]);
  assert.equal(store.getSnapshot().queued, 2);
});

test('each field is there without a snapshot, as it is now', () => {
  const store = Store.withFields(nothing);
  assert.equal(store.queued, 0);
  store.change({ queued: 1, status: 'working' });
  assert.deepEqual([store.queued, store.status], [1, 'working']);
});
