// What ends a turn in its middle: its results are kept, and every message is answered or named as unanswered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { answerWith, endless, FakeModel, shell } from '../testing/fake-model.ts';
import { startHangingCommand } from '../testing/hanging-command.ts';
import { HangingSandbox } from '../testing/hanging-sandbox.ts';
import { replayWrites } from '../testing/test-ring.ts';
import {
  createSession,
  listTypes,
  restoreSession,
  type TestSessionOptions,
  testRecord,
  waitUntilIdle,
} from '../testing/test-session.ts';

test('an interrupt ends the turn and not the session', async () => {
  const { test, sandbox } = await startHangingCommand();
  assert.ok((await test.session.takeCommand({ type: 'interrupt', id: 'i-1' })).ok);
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(-3), ['Interrupt', 'CmdOutputObservation', 'completed']);
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { reason: 'interrupted' });
  assert.equal(sandbox.isClosed, false);
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on' });
  await waitUntilIdle(test);
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { status: 'completed', reason: 'finished' });
});

test('the model is told that it was interrupted, in the next turn and after a restart too', async () => {
  const { test: before } = await startHangingCommand();
  await before.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(before);
  const model = new FakeModel();
  const after = restoreSession(replayWrites(before.ring.writes), { model });
  await after.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on' });
  await waitUntilIdle(after);
  const [notice, message] = model.contextsAsked[0]?.slice(-2) ?? [];
  assert.ok(notice?.kind === 'notice' && message?.kind === 'user');
  assert.match(notice.text, /The user interrupted the turn here/);
});

test('an interrupted answer is kept as far as it was seen, counted, and given back to the model', async () => {
  const tokens = { inputTokens: 100, outputTokens: 7, cachedTokens: 0, cacheWriteTokens: 0 };
  const model = new FakeModel(async (options) => {
    await endless(options);
    options.onSpent?.(tokens);
    return { kind: 'cancelled', partial: { thoughts: [{ text: 'Hm.' }], text: 'I begin to ' } };
  });
  const test = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(-4), ['Interrupt', 'ThinkAction', 'MessageAction', 'completed']);
  assert.partialDeepStrictEqual(test.ring.events.at(-1)?.metadata, { reason: 'interrupted', usage: tokens });
  const after = new FakeModel();
  const restored = restoreSession(replayWrites(test.ring.writes), { model: after });
  await restored.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on' });
  await waitUntilIdle(restored);
  assert.deepEqual(after.contextsAsked[0]?.slice(0, 2), [
    { kind: 'user', text: 'Build it' },
    { kind: 'answer', thoughts: [{ text: 'Hm.' }], text: 'I begin to ', calls: [] },
  ]);
});

test('an answer that is cut short because its session moves is asked for again, and not kept', async () => {
  const model = new FakeModel(async (options) => {
    await endless(options);
    return { kind: 'cancelled', partial: { thoughts: [], text: 'I begin to ' } };
  });
  const test = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  await test.session.passivate();
  assert.equal(listTypes(test).at(-1), 'mock_mode');
});

test('an interrupt before anything of an answer came leaves no event of it', async () => {
  const model = new FakeModel(endless);
  const test = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(-3), ['mock_mode', 'Interrupt', 'completed']);
});

test('a message that came while a tool ran is read by the next turn, when its own was interrupted', async () => {
  const sandbox = new HangingSandbox();
  const model = new FakeModel(answerWith('', shell('sleep 1000')));
  const test = createSession({ model, makeSandbox: async () => succeeded(sandbox) });
  await waitUntil('the command runs', () => sandbox.isRunning);
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Use tabs' });
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  assert.ok(model.contextsAsked.at(-1)?.some((entry) => entry.kind === 'user' && entry.text === 'Use tabs'));
  const ends = test.ring.events.filter((event) => event.metadata?.status === 'completed');
  assert.deepEqual(
    ends.map(({ metadata }) => metadata?.reason),
    ['interrupted', 'finished'],
  );
  const message = test.ring.events.find((event) => event.commandId === 'm-1');
  const [interrupted, finished] = ends.map(({ metadata }) => metadata?.readThrough ?? 0);
  assert.ok((interrupted ?? 0) < (message?.sequence ?? 0), 'after a restart it would be read too');
  assert.equal(finished, message?.sequence);
});

test('a message that came in the last step of a turn is read by the next one, not lost with MAX_ITERATIONS', async () => {
  const model = new FakeModel(async () => {
    void test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Use tabs' });
    return answerWith('', shell('echo 1'));
  });
  const test = createSession({ model, config: { iterationsMax: 1 } });
  await waitUntil('both turns are over', () => listTypes(test).filter((told) => told === 'completed').length === 2);
  await waitUntilIdle(test);
  assert.ok(model.contextsAsked[1]?.some((entry) => entry.kind === 'user' && entry.text === 'Use tabs'));
});

test('an interrupt while the workspace is prepared ends the turn before it begins, and a later message is worked on', async () => {
  const provided = Promise.withResolvers<void>();
  const model = new FakeModel();
  const makeSandbox = () => provided.promise.then(() => succeeded(new MemorySandbox()));
  const test = createSession({ model, makeSandbox });
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await test.session.takeCommand({ type: 'interrupt', id: 'i-2' });
  provided.resolve();
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test), [
    'initializing',
    'InitialTask',
    'Interrupt',
    'completed',
    'Interrupt',
    'mock_mode',
  ]);
  assert.equal(
    test.ring.events.find(({ metadata }) => metadata?.status === 'completed')?.metadata?.reason,
    'interrupted',
  );
  assert.deepEqual(model.contextsAsked, [], 'no model was asked');
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on after all' });
  await waitUntilIdle(test);
  assert.equal(listTypes(test).at(-1), 'completed');
  assert.equal(model.contextsAsked.length, 1);
});

/** A fake container whose first clone never ends. */
class SlowContainer extends MemorySandbox {
  override readonly kind = 'docker' as unknown as 'memory';
  override async run(command: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
    const isEndless = command.includes('git clone') && ++SlowContainer.begun === 1;
    if (isEndless) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return succeeded(signal.aborted ? { kind: 'cancelled', output: '' } : { kind: 'exited', exitCode: 0, output: '' });
  }

  static begun = 0;
}

const repoUrl = 'https://github.com/user/repo';
const withRepository = (model: FakeModel): TestSessionOptions => {
  SlowContainer.begun = 0;
  return {
    model,
    isMock: false,
    record: { settings: { ...testRecord().settings, repoUrl } },
    makeSandbox: async () => succeeded(new SlowContainer()),
    git: { grant: async () => succeeded({ repoUrl, url: 'http://git/', failure: undefined, revoke: () => undefined }) },
  };
};

test('an interrupt cuts the clone short, and the next message has it made again', async () => {
  const model = new FakeModel();
  const test = createSession(withRepository(model));
  await waitUntil('it is being cloned', () => SlowContainer.begun === 1);
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test), ['initializing', 'InitialTask', 'Interrupt', 'completed', 'ready']);
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on after all' });
  await waitUntilIdle(test);
  assert.deepEqual(listTypes(test).slice(5), ['UserMessage', 'RepositoryCloned', 'AgentFinishAction', 'completed']);
  assert.equal(model.contextsAsked.length, 1);
});

test('an interrupt while a turn waits for its workspace ends it at once, and names what was not answered', async () => {
  const model = new FakeModel();
  const options = withRepository(model);
  const writes = createSession({ ...options, makeSandbox: async () => succeeded(new MemorySandbox()) });
  await waitUntilIdle(writes);
  const test = restoreSession(replayWrites(writes.ring.writes), options);
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'More' });
  await waitUntil('it is being cloned', () => SlowContainer.begun === 1);
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  assert.partialDeepStrictEqual(test.ring.events.at(-1), {
    content: 'The task was interrupted before the agent began.',
    metadata: { reason: 'interrupted', unanswered: ['m-1'] },
  });
  assert.equal(model.contextsAsked.length, 1, 'for the task alone');
});

test('an interrupt that was stored before a crash ends its turn after it, and a later message is worked on', async () => {
  const { test } = await startHangingCommand();
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  const at = test.ring.writes.findIndex((write) => write.kind === 'event' && write.event.eventType === 'Interrupt');
  const model = new FakeModel();
  const after = restoreSession(replayWrites(test.ring.writes.slice(0, at + 1)), { model });
  await waitUntilIdle(after);
  assert.deepEqual(listTypes(after), ['ErrorObservation', 'completed']);
  assert.partialDeepStrictEqual(after.ring.events.at(-1)?.metadata, { reason: 'interrupted', readThrough: 2 });
  assert.deepEqual(model.contextsAsked, []);
  await after.session.takeCommand({ type: 'message', id: 'm-1', content: 'Go on' });
  await waitUntilIdle(after);
  assert.equal(model.contextsAsked.length, 1);
});

test('a session that is stopped or fails names the messages that it leaves unanswered', async () => {
  const model = new FakeModel(endless);
  const stopped = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  await stopped.session.takeCommand({ type: 'message', id: 'm-1', content: 'And this' });
  await stopped.session.takeCommand({ type: 'stop', id: 'stop-1' });
  assert.deepEqual(stopped.ring.events.at(-1)?.metadata?.unanswered, ['task-1', 'm-1']);
  const failing = createSession({ makeSandbox: async () => failed('sandboxFailed', 'Docker is away.') });
  await waitUntilIdle(failing);
  const { unanswered } = JSON.parse(frameOf(failing.ring.events.at(-1) as StoredEvent));
  assert.deepEqual(unanswered, ['task-1']);
});

test('a message that the next turn answers is not named when its own ends', async () => {
  const { test } = await startHangingCommand();
  await test.session.takeCommand({ type: 'message', id: 'm-1', content: 'Use tabs' });
  await test.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(test);
  const named = test.ring.events.map(({ metadata }) => metadata?.unanswered).filter((ids) => ids !== undefined);
  assert.deepEqual(named, []);
});
