// What a session does for its caller, with a database, model, sandbox and clock that the test controls.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import { isSettled, passLoops, waitUntil } from '../testing/event-loop.ts';
import { answerWith, endless, FakeModel, shell } from '../testing/fake-model.ts';
import { startHangingCommand } from '../testing/hanging-command.ts';
import { HangingSandbox } from '../testing/hanging-sandbox.ts';
import {
  createSession,
  listTypes,
  restoreSession,
  type TestSession,
  testRecord,
  waitUntilIdle,
} from '../testing/test-session.ts';

const lastUpdate = ({ ring }: TestSession) => ring.writes.findLast((write) => write.kind === 'update');

test('a session with a client provisions, says so, works on its task and completes', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test), [
    'initializing',
    'InitialTask',
    'mock_mode',
    'ThinkAction',
    'CmdRunAction',
    'CmdOutputObservation',
    'FileWriteAction',
    'FileWriteObservation',
    'CmdRunAction',
    'CmdOutputObservation',
    'AgentFinishAction',
    'completed',
  ]);
  const [opening] = test.ring.writes;
  assert.partialDeepStrictEqual(opening, { kind: 'open', isActive: true, record: { state: 'live' } });
  assert.partialDeepStrictEqual(test.ring.events[1], { commandId: 'task-1', role: 'user', content: 'Build it' });
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { reason: 'finished', readThrough: 2 });
});

test('a session with a real model says that it is ready', async () => {
  const test = createSession({ isMock: false, model: new FakeModel() });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(0, 4), ['initializing', 'InitialTask', 'ready', 'AgentFinishAction']);
});

test('a session without a client waits for the first one', async () => {
  const test = createSession({ clients: 0, begins: false });
  await waitUntilIdle(test);
  assert.deepEqual([test.session.state, listTypes(test)], ['created', []]);
  test.session.changeClients(1);
  await waitUntilIdle(test);
  assert.equal(listTypes(test).at(-1), 'completed');
  assert.partialDeepStrictEqual(lastUpdate(test), { isActive: true, state: 'live' });
});

test('a caller can use a session once it is committed', async () => {
  const test = createSession({ isUp: false, clients: 0, begins: false });
  const opened = test.session.waitUntilOpened();
  assert.equal(await isSettled(opened), false);
  test.ring.commitWrites();
  assert.equal(await opened, true);
});

test('a message is answered once it is committed, and not before', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  test.ring.isUp = false;
  const taken = test.session.takeCommand({ type: 'message', id: 'm-1', content: 'More' });
  await passLoops(5);
  assert.equal(await isSettled(taken), false);
  test.ring.isUp = true;
  test.ring.commitWrites();
  assert.deepEqual(await taken, succeeded({ kind: 'done', sequence: 13 }));
  await waitUntilIdle(test);
  assert.equal(listTypes(test).at(-1), 'completed');
});

test('the same command twice is one command and gets the same acknowledgement', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  const command = { type: 'message', id: 'm-1', content: 'More' } as const;
  const replies = await Promise.all([test.session.takeCommand(command), test.session.takeCommand(command)]);
  await waitUntilIdle(test);
  replies.push(await test.session.takeCommand(command));
  const messages = test.ring.events.filter((event) => event.eventType === 'UserMessage');
  assert.equal(messages.length, 1);
  const [event] = messages;
  assert.ok(event);
  const again = succeeded({ kind: 'done', sequence: event.sequence, acknowledgement: frameOf(event) });
  assert.deepEqual(replies, [succeeded({ kind: 'done', sequence: event.sequence }), again, again]);
  assert.equal(listTypes(test).filter((told) => told === 'completed').length, 2);
});

test('another command under a used id is refused, not acknowledged as if it had been taken', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'More' });
  await waitUntilIdle(test);
  const before = test.ring.events.length;
  for (const other of [
    { type: 'message', id: 'm-1', content: 'Other' },
    { type: 'message', id: 'task-1', content: 'Not the task' },
    { type: 'interrupt', id: 'm-1' },
  ] as const)
    assert.partialDeepStrictEqual(await test.session.takeCommand(other), { ok: false, failure: { code: 'idReused' } });
  assert.equal(test.ring.events.length, before);
});

test('the task sent again under its id is the task', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  const reply = await test.session.takeCommand({ type: 'message', id: 'task-1', content: 'Build it' });
  assert.partialDeepStrictEqual(reply, { ok: true, value: { sequence: 2 } });
  assert.ok(!listTypes(test).includes('UserMessage'));
});

test('a message that comes while the agent works is read before its next step', async () => {
  const model = new FakeModel(async () => {
    void test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Use tabs' });
    return answerWith('', shell('true'));
  });
  const test = createSession({ model });
  await waitUntilIdle(test);
  assert.equal(listTypes(test).filter((told) => told === 'completed').length, 1);
  assert.deepEqual(
    model.contextsAsked[1]?.filter((entry) => entry.kind === 'user').map((entry) => entry.text),
    ['Build it', 'Use tabs'],
  );
});

test('a message that comes too late for a turn gets one of its own', async () => {
  const model = new FakeModel(async () => {
    void test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Late' });
    return answerWith('Done.');
  });
  const test = createSession({ model });
  await waitUntilIdle(test);
  const completed = test.ring.events.filter((event) => event.metadata?.status === 'completed');
  assert.deepEqual(
    completed.map((event) => event.metadata?.readThrough),
    [2, 4],
  );
});

test('a stop while the agent works ends the session, and is answered once its sandbox is given back and all is stored', async () => {
  const { test, sandbox } = await startHangingCommand();
  test.ring.isUp = false;
  const stopped = test.session.takeCommand({ type: 'stop', id: 'stop-1' });
  const again = test.session.takeCommand({ type: 'stop', id: 'stop-1' });
  await waitUntil('the session has ended', () => test.session.hasEnded);
  assert.equal(sandbox.isClosed, true);
  assert.equal(await isSettled(stopped), false);
  test.ring.isUp = true;
  test.ring.commitWrites();
  assert.ok((await stopped).ok && (await again).ok);
  assert.deepEqual(listTypes(test).slice(-4), ['Stop', 'stopping', 'CmdOutputObservation', 'stopped']);
  const lasts = test.ring.writes.filter((write) => write.kind === 'event' && write.isLast);
  assert.deepEqual(
    lasts.map((write) => write.kind === 'event' && write.event.metadata?.status),
    ['stopped'],
  );
  assert.partialDeepStrictEqual(lastUpdate(test), { isActive: false, state: 'stopped' });
});

test('a session that is stopped within a turn says in its last event what the turn had used', async () => {
  const usage = { inputTokens: 70, outputTokens: 30, cachedTokens: 0, cacheWriteTokens: 0 };
  const first = answerWith('', shell('ls'));
  assert.ok(first.kind === 'answered');
  const model = new FakeModel({ ...first, answer: { ...first.answer, usage } }, endless);
  const test = createSession({ model });
  await waitUntil('it is asked again', () => model.contextsAsked.length === 2);
  assert.ok((await test.session.takeCommand({ type: 'stop', id: 'stop-1' })).ok);
  const last = test.ring.events.at(-1)?.metadata;
  assert.equal(last?.status, 'stopped');
  assert.partialDeepStrictEqual(last?.usage, { ...usage, steps: 1 });
});

test('a stopped session takes no new command, and answers those that it took', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  const stop = { type: 'stop', id: 'stop-1' } as const;
  assert.ok((await test.session.takeCommand(stop)).ok);
  assert.partialDeepStrictEqual(
    await test.session.takeCommand({ ...stop, id: 'stop-2' }),
    failed('sessionEnded', 'The session has ended.'),
  );
  assert.ok((await test.session.takeCommand(stop)).ok);
  const told = listTypes(test).length;
  test.session.changeClients(0);
  await waitUntilIdle(test);
  assert.equal(listTypes(test).length, told);
});

test('a session without clients can be stopped', async () => {
  const test = createSession({ clients: 0, begins: false });
  assert.ok((await test.session.takeCommand({ type: 'stop', id: 'stop-1' })).ok);
  assert.deepEqual(listTypes(test), ['Stop', 'stopping', 'stopped']);
});

test('a session whose sandbox can’t be made fails with the reason, and takes nothing more', async () => {
  const test = createSession({ makeSandbox: async () => failed('sandboxFailed', 'Docker is away.') });
  await waitUntilIdle(test);
  assert.deepEqual([test.session.state, listTypes(test)], ['failed', ['initializing', 'InitialTask', 'SessionError']]);
  const last = test.ring.writes.findLast((write) => write.kind === 'event');
  assert.equal(last?.isLast, true);
  assert.partialDeepStrictEqual(JSON.parse(last?.frame ?? ''), {
    type: 'error',
    message: 'Docker is away.',
    code: 'sandboxFailed',
  });
  assert.partialDeepStrictEqual(lastUpdate(test), { isActive: false, state: 'failed' });
  assert.equal((await test.session.takeCommand({ type: 'message', id: 'm', content: 'x' })).ok, false);
});

test('a turn whose sandbox can’t be made fails once, and the next message tries again', async () => {
  const before = createSession();
  await waitUntilIdle(before);
  let tries = 0;
  const makeSandbox = async () => (++tries === 1 ? failed('sandboxFailed', 'Away.') : succeeded(new MemorySandbox()));
  const rows = { record: testRecord(), events: before.ring.events, isActive: true };
  const test = restoreSession(rows, { makeSandbox });
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'More' });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test), ['UserMessage', 'AgentErrorEvent', 'completed']);
  assert.partialDeepStrictEqual(test.ring.events.at(-1), { content: 'Away.', metadata: { reason: 'failed' } });
  await test.session.takeCommand({ type: 'message', id: 'm-2', content: 'Again' });
  await waitUntilIdle(test);
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { reason: 'finished' });
});

test('a mistake of the engine in a turn ends the turn, is logged without its text, and leaves no call open', async () => {
  class BrokenSandbox extends MemorySandbox {
    override run(): Promise<never> {
      throw new Error('Nobody expected this.');
    }
  }
  const model = new FakeModel(answerWith('', shell('ls')));
  const test = createSession({ model, makeSandbox: async () => succeeded(new BrokenSandbox()) });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(-4), ['CmdRunAction', 'ErrorObservation', 'AgentErrorEvent', 'completed']);
  assert.deepEqual(
    test.logs.map((entry) => entry.event),
    ['turn.bug', 'turn.failed'],
  );
  assert.equal(test.logs.at(-1)?.level, 'warn'); // Whoever runs the engine sees turns that fail, of whatever.
  assert.ok(test.ring.events.every((event) => !event.content.includes('Nobody expected')));
});

test('a turn that takes longer than it may is ended and says so', async () => {
  const { test } = await startHangingCommand();
  test.session.endOverdueTurn();
  assert.equal(test.session.state, 'working');
  test.clock.ms += 1_800_000;
  test.session.endOverdueTurn();
  await waitUntilIdle(test);
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { status: 'completed', reason: 'timeout' });
});

test('a session that another owner took writes nothing more and says so to whoever waits', async () => {
  const { test } = await startHangingCommand();
  test.ring.isUp = false;
  const taken = test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Hello?' });
  const written = test.ring.writeBuffer.uncommittedCount;
  test.session.cutOff('fenced');
  assert.partialDeepStrictEqual(await taken, { ok: false, failure: { code: 'noAnswer' } });
  await test.session.waitUntilIdle();
  assert.equal(test.session.hasEnded, true);
  assert.equal(test.ring.writeBuffer.uncommittedCount, written);
});

test('a session that another owner took lets go of its sandbox before it does anything else to it', async () => {
  const { test, sandbox } = await startHangingCommand();
  test.session.cutOff('fenced');
  await test.session.waitUntilIdle();
  assert.deepEqual([sandbox.did, sandbox.isClosed], [['abandoned', 'cancelled'], false]);
  assert.partialDeepStrictEqual(await test.session.answerRequest({ ask: 'listFiles' }), {
    ok: false,
    failure: { code: 'sessionEnded' },
  });
});

test('a session that another owner took while its sandbox was opened leaves it to that one', async () => {
  const sandbox = new HangingSandbox();
  const opening = Promise.withResolvers<Outcome<HangingSandbox>>();
  const test = createSession({ makeSandbox: () => opening.promise });
  test.session.cutOff('fenced');
  opening.resolve(succeeded(sandbox));
  await waitUntil('it is let go of', () => sandbox.did.length === 1);
  assert.deepEqual([sandbox.did, sandbox.isRunning, sandbox.isClosed], [['abandoned'], false, false]);
});
