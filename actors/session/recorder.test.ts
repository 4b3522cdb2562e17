// A session's events are numbered without gaps, encoded once, and known to be committed or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import { Masking } from '../../schema/rules/masking.ts';
import type { Write } from '../../schema/thread.ts';
import { isSettled, passLoop } from '../testing/event-loop.ts';
import { testRecord } from '../testing/test-session.ts';
import { WriteBuffer } from '../write-buffer.ts';
import { Recorder, transcriptSlackEvents } from './recorder.ts';

function createRecorder(events?: StoredEvent[], secrets: string[] = []) {
  const writes: Write[] = [];
  const buffer = new WriteBuffer((posted) => writes.push(...posted));
  const masking = new Masking(secrets);
  const parts = { record: testRecord({ epoch: 3 }), writeBuffer: buffer, getMasking: () => masking, now: () => 1_000 };
  const recorder = new Recorder(parts, events);
  const record = (content = '') => recorder.recordEvent({ role: 'assistant', eventType: 'ThinkAction', content });
  return { recorder, record, writes, buffer };
}

/** Events as they are read back, numbered from this one on. */
function createEvents(first: number, count: number): StoredEvent[] {
  const { recorder, record } = createRecorder();
  for (let n = 1; n < first + count; n++) record();
  return recorder.events.slice(first - 1);
}

test('an event is stored with its number, its epoch, its time and the frame that every client sees', async () => {
  const { recorder, writes } = createRecorder();
  const event = recorder.recordEvent({ role: 'user', eventType: 'UserMessage', content: 'Hi', commandId: 'm-1' });
  assert.partialDeepStrictEqual(event, { sessionId: 's-1', epoch: 3, sequence: 1, createdAtMs: 1_000, metadata: null });
  await passLoop();
  const common = { kind: 'event', sessionId: 's-1', epoch: 3, chatId: 'c-1' };
  const rowIds = writes.map((write) => (write.kind === 'event' ? write.rowId : ''));
  assert.deepEqual(writes, [{ ...common, rowId: rowIds[0], event, frame: frameOf(event), isLast: false }]);
  assert.match(rowIds[0] ?? '', /^[0-9a-f-]{36}$/);
});

test('an event that PostgreSQL refused is remembered as the one that is stored in its place', () => {
  const { recorder, record } = createRecorder();
  record('first');
  record('refused');
  const [first, refused] = recorder.events;
  recorder.replaceEvent({
    ...(refused as StoredEvent),
    eventType: 'StorageErrorEvent',
    content: 'why',
    commandId: null,
  });
  assert.deepEqual(
    recorder.events.map(({ content }) => content),
    [first?.content, 'why'],
  );
});

test('a secret is in no part of an event, stored or shown', async () => {
  const { recorder, writes } = createRecorder(undefined, ['ghp_canary_1']);
  const toolCall = { id: 'c-1', name: 'shell', input: { command: 'echo ghp_canary_1' } };
  const metadata = { command: 'echo ghp_canary_1', toolCall };
  recorder.recordEvent({ role: 'assistant', eventType: 'CmdRunAction', content: 'echo ghp_canary_1', metadata });
  await passLoop();
  assert.equal(writes.length, 1);
  assert.doesNotMatch(JSON.stringify(writes), /canary/);
});

test('sequences are 1, 2, 3 … without gaps, and go on where a stored session was', async () => {
  await fc.assert(
    fc.property(fc.nat({ max: 20 }), fc.nat({ max: 20 }), (stored, more) => {
      const { recorder, record } = createRecorder(stored > 0 ? createEvents(1, stored) : undefined);
      for (let n = 0; n < more; n++) record();
      assert.deepEqual(
        recorder.events.map((event) => event.sequence),
        Array.from({ length: stored + more }, (_, at) => at + 1),
      );
      assert.equal(recorder.sequence, stored + more);
    }),
  );
});

test('a wait for an event ends at its commit and not before', async () => {
  const { recorder, record } = createRecorder();
  const [first, second] = [record(), record()];
  const waits = [recorder.waitUntilStored(first.sequence), recorder.waitUntilStored(second.sequence)] as const;
  recorder.markCommitted(0);
  assert.equal(await isSettled(Promise.race(waits)), false);
  recorder.markCommitted(1);
  assert.equal(await waits[0], true);
  assert.equal(await isSettled(waits[1]), false);
  assert.equal(recorder.hasUncommitted, true);
  recorder.markCommitted(2);
  assert.equal(await waits[1], true);
  assert.equal(recorder.hasUncommitted, false);
  assert.equal(await recorder.waitUntilStored(1), true);
});

test('a commit that is reported late or twice takes nothing back', () => {
  const { recorder, record } = createRecorder();
  record();
  record();
  for (const sequence of [2, 2, 1, 0]) recorder.markCommitted(sequence);
  assert.equal(recorder.hasUncommitted, false);
});

test('a new session is not stored until its opening is, one read back is', async () => {
  const { recorder: opened } = createRecorder();
  opened.storeSession(true, null);
  assert.equal(opened.hasUncommitted, true);
  assert.equal(await isSettled(opened.waitUntilStored(0)), false);
  opened.markCommitted(0);
  assert.equal(await opened.waitUntilStored(0), true);
  assert.equal(opened.hasUncommitted, false);
  const { recorder: restored } = createRecorder([]);
  assert.equal(restored.hasUncommitted, false);
  assert.equal(await restored.waitUntilStored(0), true);
});

test('an actor that lost its session stores nothing more, and every wait ends with no', async () => {
  const { recorder, record, writes, buffer } = createRecorder();
  const before = record();
  const waiting = recorder.waitUntilStored(before.sequence);
  recorder.stopStoring();
  assert.equal(await waiting, false);
  record();
  recorder.storeUpdate(false, 'stopped');
  assert.equal(await recorder.waitUntilStored(1), false);
  await passLoop();
  assert.deepEqual(
    writes.map((write) => write.kind === 'event' && write.event),
    [before],
  );
  assert.equal(buffer.uncommittedCount, 1);
});

test('opening and state changes are stored in order with the events', async () => {
  const { recorder, record, writes } = createRecorder();
  recorder.storeSession(true, null);
  record();
  recorder.storeUpdate(false, 'live');
  await passLoop();
  assert.deepEqual(
    writes.map((write) => write.kind),
    ['open', 'event', 'update'],
  );
  assert.partialDeepStrictEqual(writes[2], {
    sessionId: 's-1',
    epoch: 3,
    chatId: 'c-1',
    isActive: false,
    state: 'live',
  });
});

test('a session of very many events keeps the newest in memory, and their numbers', () => {
  const { recorder, record } = createRecorder();
  const count = 5 * limits.transcriptEventsMax;
  for (let n = 0; n < count; n++) record();
  const { events } = recorder;
  assert.ok(
    events.length >= limits.transcriptEventsMax && events.length <= limits.transcriptEventsMax + transcriptSlackEvents,
  );
  assert.equal(events.at(-1)?.sequence, count);
  assert.equal(events[0]?.sequence, count - events.length + 1);
});
