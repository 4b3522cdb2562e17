// A session whose turn waits for a person: it rests, survives, goes on with what the person says, or without it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionRecord } from '../../schema/session.ts';
import type { Command } from '../../schema/thread.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { answerWith, FakeModel, finish, shell } from '../testing/fake-model.ts';
import { replayWrites } from '../testing/test-ring.ts';
import { createSession, listTypes, restoreSession, type TestSession, testSettings } from '../testing/test-session.ts';
import { findWaits } from './waits.ts';

const ask = (question = 'Which one?', id = 'ask-1') => ({
  id,
  name: 'ask_user',
  input: { question, options: ['a', 'b'] },
});
const answer: Command = { type: 'answer', id: 'a-1', toolCallId: 'ask-1', content: 'The second.' };
const record: Partial<SessionRecord> = { settings: { ...testSettings, policy: { mode: 'auto' } } };

const rests = ({ session, ring }: TestSession, state: string) =>
  waitUntil(`the session is ${state}`, () => session.state === state && ring.writeBuffer.uncommittedCount === 0);

const observationOf = ({ ring }: TestSession, id: string) =>
  ring.events
    .filter(({ metadata }) => metadata?.toolCallId === id)
    .map(({ eventType, content }) => [eventType, content]);

async function askSomething(...more: ReturnType<typeof shell>[]): Promise<TestSession & { model: FakeModel }> {
  const model = new FakeModel(answerWith('I need to know.', shell('echo 1 > a'), ask(), ...more));
  const test = createSession({ model, record });
  await rests(test, 'waiting');
  return { ...test, model };
}

test('a question makes the turn wait, and its answer is what the model reads next', async () => {
  const held = await askSomething();
  const asked = ['MessageAction', 'CmdRunAction', 'CmdOutputObservation', 'AskUserAction'];
  assert.deepEqual(listTypes(held).slice(-4), asked);
  assert.equal(held.session.isIdle, true, 'it rests');
  const reply = await held.session.takeCommand(answer);
  assert.ok(reply.ok);
  await rests(held, 'idle');
  const context = held.model.contextsAsked.at(-1) ?? [];
  const last = context.findLast((entry) => entry.kind === 'answer');
  assert.ok(last?.kind === 'answer');
  assert.deepEqual(last.calls.map(({ observation }) => observation.text).at(-1), 'The second.');
  const ends = held.ring.events.filter(({ metadata }) => metadata?.status === 'completed');
  assert.deepEqual(
    ends.map(({ metadata }) => metadata?.reason),
    ['finished'],
    'one turn, ended once',
  );
});

test('calls behind a question run once it is answered, each once and in order', async () => {
  const held = await askSomething(shell('echo 2 >> a'), shell('cat a'));
  assert.deepEqual(
    findWaits(held.ring.events).map(({ toolCallId }) => toolCallId),
    ['ask-1'],
  );
  await held.session.takeCommand(answer);
  await rests(held, 'idle');
  const seen = held.ring.events.flatMap(({ eventType, metadata }) => (metadata?.toolCallId ? [eventType] : []));
  assert.deepEqual(seen, ['CmdOutputObservation', 'UserAnswer', 'CmdOutputObservation', 'CmdOutputObservation']);
  assert.equal(held.ring.events.findLast(({ eventType }) => eventType === 'CmdOutputObservation')?.content, '1\n2\n');
});

test('a session that is read back waits on, and goes on where it was', async () => {
  const held = await askSomething(shell('echo 2 > b'));
  const model = new FakeModel();
  const restored = restoreSession(replayWrites(held.ring.writes), { model });
  await rests(restored, 'waiting');
  assert.deepEqual(restored.ring.events, [], 'nothing is recorded by that');
  await restored.session.takeCommand(answer);
  await rests(restored, 'idle');
  assert.deepEqual(listTypes(restored), ['UserAnswer', 'CmdOutputObservation', 'AgentFinishAction', 'completed']);
});

test('an answer that comes again is one answer; another one, or one to an unknown call, is refused', async () => {
  const held = await askSomething();
  const noCall = await held.session.takeCommand({ ...answer, id: 'a-0', toolCallId: 'other' });
  assert.equal(noCall.ok ? '' : noCall.failure.code, 'noSuchCall');
  const wrong = await held.session.takeCommand({ type: 'decide', id: 'd-1', toolCallId: 'ask-1', decision: 'allow' });
  assert.equal(wrong.ok ? '' : wrong.failure.code, 'invalid');
  const [first, second, other] = await Promise.all([
    held.session.takeCommand(answer),
    held.session.takeCommand(answer),
    held.session.takeCommand({ ...answer, id: 'a-2' }),
  ]);
  assert.ok(first?.ok && second?.ok && first.value.kind === 'done' && second.value.kind === 'done');
  assert.equal(first.value.sequence, second.value.sequence);
  assert.equal(other?.ok ? '' : other?.failure.code, 'alreadyDecided');
  const reused = await held.session.takeCommand({ ...answer, toolCallId: 'ask-2' });
  assert.equal(reused.ok ? '' : reused.failure.code, 'idReused');
  await rests(held, 'idle');
  assert.equal(observationOf(held, 'ask-1').length, 1);
});

test('a message in place of an answer is read by the agent, and the turn goes on', async () => {
  const held = await askSomething(shell('echo 2 > b'));
  await held.session.takeCommand({ type: 'message', id: 'm-1', content: 'Neither.' });
  await rests(held, 'idle');
  assert.match(observationOf(held, 'ask-1')[0]?.[1] ?? '', /a message instead/);
  assert.deepEqual(held.model.contextsAsked.at(-1)?.at(-1), { kind: 'user', text: 'Neither.' });
});

test('an interrupt ends a turn that waits, and the calls say that they were not run', async () => {
  const held = await askSomething(shell('echo 2 > b'));
  await held.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await rests(held, 'idle');
  assert.deepEqual(observationOf(held, 'ask-1'), [
    ['ErrorObservation', 'The turn ended before the user had answered.'],
  ]);
  const end = held.ring.events.at(-1)?.metadata;
  assert.deepEqual([end?.status, end?.reason], ['completed', 'interrupted']);
  const late = await held.session.takeCommand(answer);
  assert.equal(late.ok ? '' : late.failure.code, 'alreadyDecided');
});

test('an interrupt that is stored before a crash ends the wait after it', async () => {
  const held = await askSomething();
  await held.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  const at = held.ring.writes.findIndex((write) => write.kind === 'event' && write.event.eventType === 'Interrupt');
  const restored = restoreSession(replayWrites(held.ring.writes.slice(0, at + 1)), { model: new FakeModel() });
  await rests(restored, 'idle');
  assert.deepEqual(listTypes(restored), ['ErrorObservation', 'completed']);
});

test('a stop ends a session that waits', async () => {
  const held = await askSomething();
  const stopped = await held.session.takeCommand({ type: 'stop', id: 's-1' });
  assert.ok(stopped.ok && held.session.hasEnded);
});

test('a question that nobody answers in time is ended, also where the session was read back meanwhile', async () => {
  const settings = { ...testSettings, policy: { mode: 'auto' as const, timeoutSeconds: 60 } };
  const held = createSession({ model: new FakeModel(answerWith('', ask())), record: { settings } });
  await rests(held, 'waiting');
  assert.equal(held.session.waitsUntilMs, 61_000);
  const restored = restoreSession(replayWrites(held.ring.writes), { model: new FakeModel() });
  restored.clock.ms = 60_999;
  restored.session.endOverdueWait();
  assert.equal(restored.session.state, 'waiting');
  restored.clock.ms = 61_000;
  restored.session.endOverdueWait();
  await rests(restored, 'idle');
  assert.match(observationOf(restored, 'ask-1')[0]?.[1] ?? '', /^Nobody answered within 60 seconds\./);
});

test('where the policy says so, nobody’s answer ends the turn', async () => {
  const settings = { ...testSettings, policy: { mode: 'auto', timeoutSeconds: 1, onTimeout: 'end' } as const };
  const held = createSession({ model: new FakeModel(answerWith('', ask())), record: { settings } });
  await rests(held, 'waiting');
  held.clock.ms += 1_000;
  held.session.endOverdueWait();
  await rests(held, 'idle');
  assert.equal(held.ring.events.at(-1)?.metadata?.reason, 'timeout');
});

test('a session restored after any write of a turn with two questions comes to the same end', async () => {
  const questions = () => [
    answerWith('', shell('echo 1 > a'), ask('One?', 'q-1'), shell('cat a'), ask('Two?', 'q-2')),
    answerWith('', finish()),
  ];
  const answerAll = async (test: TestSession, model: FakeModel) => {
    for (;;) {
      await waitUntil(
        'it rests',
        () => ['waiting', 'idle'].includes(test.session.state) && test.ring.writeBuffer.uncommittedCount === 0,
      );
      const [wait] = test.session.state === 'waiting' ? findWaits([...before, ...test.ring.events]) : [];
      if (!wait) return model;
      await test.session.takeCommand({
        type: 'answer',
        id: `for ${wait.toolCallId}`,
        toolCallId: wait.toolCallId,
        content: 'Yes.',
      });
    }
  };
  let before: TestSession['ring']['events'] = [];
  const whole = createSession({ model: new FakeModel(...questions()), record });
  await answerAll(whole, new FakeModel());
  const { writes } = whole.ring;
  const asked = writes.findIndex((write) => write.kind === 'event' && write.event.eventType === 'AskUserAction');
  for (let count = asked + 3; count <= writes.length; count++) {
    const rows = replayWrites(writes.slice(0, count));
    before = rows.events;
    const model = new FakeModel(answerWith('', finish()));
    const restored = restoreSession(rows, { model });
    await answerAll(restored, model);
    const events = [...rows.events, ...restored.ring.events];
    const observed = events.flatMap(({ metadata }) => metadata?.toolCallId ?? []);
    const called = events.flatMap(({ metadata }) =>
      metadata?.toolCall && metadata.toolCall.name !== 'finish' ? [metadata.toolCall.id] : [],
    );
    assert.deepEqual(observed, called, `after write ${count}: each call is answered once, in order`);
    assert.equal(events.filter(({ metadata }) => metadata?.status === 'completed').length, 1, `after write ${count}`);
  }
});
