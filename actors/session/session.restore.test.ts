// A session that crashed anywhere and is read back from its rows comes to the same end, and loses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../schema/event.ts';
import type { Command, Write } from '../../schema/thread.ts';
import type { AnswerResult } from '../models/model.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { answerWith, endless, FakeModel, finish, shell } from '../testing/fake-model.ts';
import { type Rows, replayWrites } from '../testing/test-ring.ts';
import {
  createSession,
  listTypes,
  restoreSession,
  type TestSession,
  type TestSessionOptions,
  waitUntilIdle,
} from '../testing/test-session.ts';

const followUp: Command = { type: 'message', id: 'm-1', content: 'Now add unit tests' };
const stop: Command = { type: 'stop', id: 'stop-1' };

/** What the client does: it sends again what it has no acknowledgement for, under the same ids. */
async function liveOn(test: TestSession): Promise<void> {
  await waitUntilIdle(test);
  for (const command of [followUp, stop]) {
    if (!test.session.hasEnded) await test.session.takeCommand(command);
    await waitUntilIdle(test);
  }
}

/** All writes of a session with a task, a follow-up and a stop. */
async function recordWholeLife(options: TestSessionOptions = {}): Promise<Write[]> {
  const test = createSession(options);
  if (options.clients === 0) {
    await waitUntilIdle(test);
    test.session.changeClients(1);
  }
  await liveOn(test);
  return test.ring.writes;
}

/** Crashes at a write, and then runs the restored session to its end. */
async function liveOnFrom(rows: Rows): Promise<Rows> {
  const test = restoreSession(rows);
  await liveOn(test);
  return replayWrites(test.ring.writes, { ...rows, record: test.session.record });
}

const answersOf = (events: readonly StoredEvent[]) => events.flatMap((event) => event.metadata?.toolCallId ?? []);
const callsOf = (events: readonly StoredEvent[]) =>
  events.flatMap(({ metadata }) => {
    const { toolCall } = metadata ?? {};
    return toolCall && toolCall.name !== 'think' && toolCall.name !== 'finish' ? [toolCall.id] : [];
  });

function checkEnd({ record, events, isActive }: Rows, what: string): void {
  assert.deepEqual([record.state, isActive], ['stopped', false], what);
  assert.deepEqual(
    events.map((event) => event.sequence),
    events.map((_, at) => at + 1),
    `${what}: sequences have no gap`,
  );
  assert.deepEqual(answersOf(events), callsOf(events), `${what}: each call is answered once, in order`);
  const said = events.filter((event) => event.role === 'user').map((event) => [event.eventType, event.content]);
  const expected = [
    ['InitialTask', 'Build it'],
    ['UserMessage', 'Now add unit tests'],
  ];
  assert.deepEqual(said, expected, `${what}: every message is there once`);
  const finished = events.filter((event) => event.metadata?.reason === 'finished');
  assert.deepEqual(
    finished.map((event) => event.metadata?.status),
    ['completed', 'completed'],
    `${what}: both turns ended well, once`,
  );
  assert.deepEqual(events.filter((event) => event.eventType === 'Stop').length, 1, what);
  assert.equal(events.at(-1)?.metadata?.status, 'stopped', what);
  const epochs = events.map((event) => event.epoch);
  assert.deepEqual(
    epochs,
    epochs.toSorted((a, b) => a - b),
    `${what}: an older owner never writes after a newer one`,
  );
}

/** From here on the client has been told that the session stopped, or is about to. */
const isStopping = ({ events }: Rows) => events.some((event) => event.eventType === 'Stop');

test('a session restored after any of its writes comes to the same end', async () => {
  const writes = await recordWholeLife();
  for (let count = 1; count <= writes.length; count++) {
    const rows = replayWrites(writes.slice(0, count));
    if (rows.record.state === 'stopped') continue;
    checkEnd(await liveOnFrom(rows), `after write ${count}`);
  }
});

test('a session that waited for its first client comes to the same end after any crash', async () => {
  const writes = await recordWholeLife({ clients: 0, begins: false });
  for (let count = 1; count <= writes.length; count++) {
    const rows = replayWrites(writes.slice(0, count));
    if (rows.record.state === 'stopped') continue;
    const test = restoreSession(rows, { begins: true });
    await liveOn(test);
    checkEnd(replayWrites(test.ring.writes, { ...rows, record: test.session.record }), `after write ${count}`);
  }
});

test('crash after crash, at whatever writes, a session comes to the same end', async () => {
  const first = await recordWholeLife();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), async (cuts) => {
      let rows = replayWrites(first.slice(0, 1));
      let writes = first.slice(1);
      for (const cut of cuts) {
        rows = replayWrites(writes.slice(0, Math.round(cut * writes.length)), rows);
        writes = [];
        if (rows.record.state === 'stopped') break;
        const test = restoreSession(rows);
        await liveOn(test);
        rows = { ...rows, record: test.session.record };
        writes = test.ring.writes;
      }
      checkEnd(replayWrites(writes, rows), 'after every crash');
    }),
    { numRuns: 40 },
  );
});

test('files that were seen to be written are there after a crash, and nothing runs twice', async () => {
  const writes = await recordWholeLife();
  for (let count = 1; count <= writes.length; count++) {
    const rows = replayWrites(writes.slice(0, count));
    if (isStopping(rows)) return;
    const wasWritten = rows.events.some((event) => event.eventType === 'FileWriteObservation');
    const test = restoreSession(rows);
    const file = await test.session.answerRequest({ ask: 'readFile', path: '/workspace/project/hello.py', part: {} });
    if (wasWritten) assert.ok(file.ok, `after write ${count}`);
    await waitUntilIdle(test);
    const again = test.ring.events.filter((event) => event.eventType === 'FileWriteAction');
    const hadBegun = rows.events.some((event) => event.eventType === 'FileWriteAction');
    assert.equal(again.length, hadBegun ? 0 : 1, `after write ${count}`);
  }
});

test('a call that was running is answered: it may or may not have happened', async () => {
  const writes = await recordWholeLife();
  const running = writes.findIndex((write) => write.kind === 'event' && write.event.eventType === 'FileWriteAction');
  const test = restoreSession(replayWrites(writes.slice(0, running + 1)));
  await waitUntilIdle(test);
  const [answer] = test.ring.events;
  assert.equal(answer?.eventType, 'ErrorObservation');
  assert.match(answer?.content ?? '', /may or may not have happened; check before you repeat it/);
  assert.equal(answer?.epoch, 2);
});

test('a command that was stored before the crash is acknowledged again, and not done again', async () => {
  const writes = await recordWholeLife();
  const stored = writes.findIndex((write) => write.kind === 'event' && write.event.commandId === followUp.id);
  const test = restoreSession(replayWrites(writes.slice(0, stored + 1)));
  const reply = await test.session.takeCommand(followUp);
  const event = writes[stored];
  assert.ok(reply.ok && reply.value.kind === 'done' && event?.kind === 'event');
  assert.equal(reply.value.acknowledgement, event.frame);
});

test('a session that was interrupted while its workspace was prepared, and then crashed, prepares it again and is idle', async () => {
  const before = createSession({ makeSandbox: () => new Promise(() => undefined) });
  await before.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  const model = new FakeModel();
  const after = restoreSession(replayWrites(before.ring.writes), { model });
  await waitUntilIdle(after);
  assert.deepEqual(listTypes(after), ['mock_mode']);
  assert.deepEqual(model.contextsAsked, []);
});

test('a turn that a crash cut has used, in the end, what it used before and after', async () => {
  const costing = (result: AnswerResult): AnswerResult => {
    assert.ok(result.kind === 'answered');
    const usage = { inputTokens: 100, outputTokens: 10, cachedTokens: 40, cacheWriteTokens: 5 };
    return { ...result, answer: { ...result.answer, usage } };
  };
  const model = new FakeModel(costing(answerWith('Looking.', shell('true'))), endless);
  const cut = createSession({ model });
  await waitUntil('the model is asked again', () => model.contextsAsked.length === 2);
  const rows = replayWrites(cut.ring.writes);
  const test = restoreSession(rows, { model: new FakeModel(costing(answerWith('', finish()))) });
  await waitUntilIdle(test);
  const { usage } = test.ring.events.findLast(({ metadata }) => metadata?.status === 'completed')?.metadata ?? {};
  assert.partialDeepStrictEqual(usage, {
    ...{ inputTokens: 200, outputTokens: 20, cachedTokens: 80, cacheWriteTokens: 10 },
    steps: 2,
  });
});

test('what a turn used before a crash counts, also where the turn can not go on', async () => {
  const answer = answerWith('Looking.', shell('true'));
  assert.ok(answer.kind === 'answered');
  const usage = { inputTokens: 100, outputTokens: 10, cachedTokens: 0, cacheWriteTokens: 0 };
  const model = new FakeModel({ ...answer, answer: { ...answer.answer, usage } }, endless);
  const cut = createSession({ model });
  await waitUntil('the model is asked again', () => model.contextsAsked.length === 2);
  const broken = async () => assert.fail('a mistake of ours');
  const test = restoreSession(replayWrites(cut.ring.writes), { model: new FakeModel(broken) });
  await waitUntilIdle(test);
  const completed = test.ring.events.findLast(({ metadata }) => metadata?.status === 'completed')?.metadata;
  assert.equal(completed?.reason, 'failed');
  assert.partialDeepStrictEqual(completed?.usage, { inputTokens: 100, outputTokens: 10, steps: 1 });
});
