// Calls that want a person's decision: allowed, changed, denied with words, allowed for the session, and plans.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../schema/policy.ts';
import type { Command, DecideCommand } from '../../schema/thread.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { answerWith, FakeModel, finish, shell } from '../testing/fake-model.ts';
import { replayWrites } from '../testing/test-ring.ts';
import { createSession, listTypes, restoreSession, type TestSession, testSettings } from '../testing/test-session.ts';
import { findWaits } from './waits.ts';

const rests = ({ session, ring }: TestSession, state: string) =>
  waitUntil(`the session is ${state}`, () => session.state === state && ring.writeBuffer.uncommittedCount === 0);

const run = (id: string, command: string) => ({ id, ...shell(command) });

type Held = TestSession & { model: FakeModel };

async function startWith(policy: Policy, ...answers: ReturnType<typeof answerWith>[]): Promise<Held> {
  const model = new FakeModel(...answers);
  return { ...createSession({ model, record: { settings: { ...testSettings, policy } } }), model };
}

let ids = 0;
const decide = (
  toolCallId: string,
  decision: DecideCommand['decision'],
  more: Partial<DecideCommand> = {},
): Command => ({
  type: 'decide',
  id: `d-${++ids}`,
  toolCallId,
  decision,
  ...more,
});

const observed = ({ ring }: Held, id: string) =>
  ring.events
    .filter(({ metadata }) => metadata?.toolCallId === id)
    .map(({ eventType, content }) => [eventType, content]);

const ask: Policy = { mode: 'ask' };

test('a call that wants an approval runs once it is allowed, and what it prints is its result', async () => {
  const held = await startWith(ask, answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'cat a')));
  await rests(held, 'waiting');
  assert.deepEqual(listTypes(held).slice(-3), ['CmdRunAction', 'CmdRunAction', 'ApprovalWanted']);
  const [wait] = findWaits(held.ring.events);
  assert.partialDeepStrictEqual(wait, {
    kind: 'approval',
    toolCallId: 'c-1',
    tool: 'shell',
    input: { command: 'echo 1 > a' },
  });
  assert.deepEqual(observed(held, 'c-1'), []);
  assert.ok((await held.session.takeCommand(decide('c-1', 'allow'))).ok);
  await rests(held, 'idle');
  assert.deepEqual(observed(held, 'c-2'), [['CmdOutputObservation', '1\n']]);
  assert.equal(held.ring.events.at(-1)?.metadata?.reason, 'finished');
});

test('a denied call is not run, and the model reads the words', async () => {
  const held = await startWith(ask, answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'ls')));
  await rests(held, 'waiting');
  await held.session.takeCommand(decide('c-1', 'deny', { message: ' Not in that file. ' }));
  await rests(held, 'idle');
  const [[type, text] = []] = observed(held, 'c-1');
  assert.equal(type, 'ErrorObservation');
  assert.match(text ?? '', /did not allow this call.*Not in that file\.$/);
  const answer = held.model.contextsAsked.at(-1)?.findLast(({ kind }) => kind === 'answer');
  assert.ok(answer?.kind === 'answer' && answer.calls[0]?.observation.isError);
  assert.deepEqual(
    observed(held, 'c-2').map(([kind]) => kind),
    ['CmdOutputObservation'],
    'those behind it go on',
  );
});

test('a call runs with the input that a person has put in its place, after a crash and in a rebuilt workspace too', async () => {
  const held = await startWith(ask, answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'cat a')));
  await rests(held, 'waiting');
  const wrong = await held.session.takeCommand(decide('c-1', 'allow', { input: { comand: 'ls' } }));
  assert.equal(wrong.ok ? '' : wrong.failure.code, 'invalid');
  const withDenial = await held.session.takeCommand(decide('c-1', 'deny', { input: { command: 'ls' } }));
  assert.equal(withDenial.ok ? '' : withDenial.failure.code, 'invalid');
  const restored = restoreSession(replayWrites(held.ring.writes), { model: new FakeModel() });
  await rests(restored, 'waiting');
  await restored.session.takeCommand(decide('c-1', 'allow', { input: { command: 'echo 2 > a' } }));
  await rests(restored, 'idle');
  const outputs = restored.ring.events.filter(({ eventType }) => eventType === 'CmdOutputObservation');
  assert.match(outputs[0]?.content ?? '', /^\[The user changed the input of this call to \{"command":"echo 2 > a"\}\]/);
  assert.equal(outputs[1]?.content, '2\n');
  const rows = replayWrites(restored.ring.writes, replayWrites(held.ring.writes));
  const again = restoreSession(rows, { model: new FakeModel(answerWith('', run('c-3', 'cat a'))) });
  await again.session.takeCommand({ type: 'message', id: 'm-1', content: 'What is in it?' });
  await rests(again, 'idle');
  assert.equal(again.ring.events.find(({ eventType }) => eventType === 'CmdOutputObservation')?.content, '2\n');
});

test('an input that the policy denies is refused, and the call waits on', async () => {
  const policy: Policy = { mode: 'ask', rules: [{ command: 'rm', decision: 'deny' }] };
  const held = await startWith(policy, answerWith('', run('c-1', 'echo 1 > a')));
  await rests(held, 'waiting');
  const refused = await held.session.takeCommand(decide('c-1', 'allow', { input: { command: 'rm a' } }));
  assert.equal(refused.ok ? '' : refused.failure.code, 'invalid');
  assert.equal(held.session.state, 'waiting');
});

test('what is allowed for the session is not asked again, also in the same answer and after a crash', async () => {
  const held = await startWith(
    ask,
    answerWith('', run('c-1', 'touch a'), run('c-2', 'touch b'), run('c-3', 'mkdir c')),
    answerWith('', run('c-4', 'touch d')),
  );
  await rests(held, 'waiting');
  assert.deepEqual(
    findWaits(held.ring.events).map(({ toolCallId }) => toolCallId),
    ['c-1', 'c-2', 'c-3'],
  );
  await held.session.takeCommand(decide('c-1', 'allowForSession'));
  await waitUntil('the next wait', () => findWaits(held.ring.events).length === 1 && held.session.state === 'waiting');
  assert.deepEqual(
    findWaits(held.ring.events).map(({ toolCallId }) => toolCallId),
    ['c-3'],
  );
  await rests(held, 'waiting');
  const restored = restoreSession(replayWrites(held.ring.writes), {
    model: new FakeModel(answerWith('', run('c-4', 'touch d'))),
  });
  await restored.session.takeCommand(decide('c-3', 'allow'));
  await rests(restored, 'idle');
  assert.ok(!listTypes(restored).includes('ApprovalWanted'));
});

test('calls can be decided in any order; each runs in its turn', async () => {
  const held = await startWith(
    ask,
    answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'echo 2 >> a'), run('c-3', 'cat a')),
  );
  await rests(held, 'waiting');
  await held.session.takeCommand(decide('c-2', 'allow'));
  await rests(held, 'waiting');
  assert.deepEqual(observed(held, 'c-2'), []);
  await held.session.takeCommand(decide('c-1', 'allow'));
  await rests(held, 'idle');
  assert.deepEqual(observed(held, 'c-3'), [['CmdOutputObservation', '1\n2\n']]);
});

test('a message while an approval is wanted is read when the turn goes on', async () => {
  const held = await startWith(ask, answerWith('', run('c-1', 'echo 1 > a')));
  await rests(held, 'waiting');
  await held.session.takeCommand({ type: 'message', id: 'm-1', content: 'Hurry.' });
  await rests(held, 'waiting');
  await held.session.takeCommand(decide('c-1', 'allow'));
  await rests(held, 'idle');
  assert.deepEqual(held.model.contextsAsked.at(-1)?.at(-1), { kind: 'user', text: 'Hurry.' });
});

test('an interrupt while an approval is wanted says that the call was not run', async () => {
  const held = await startWith(ask, answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'ls')));
  await rests(held, 'waiting');
  await held.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await rests(held, 'idle');
  for (const id of ['c-1', 'c-2']) assert.match(observed(held, id)[0]?.[1] ?? '', /before this call was run/);
  const late = await held.session.takeCommand(decide('c-1', 'allow'));
  assert.equal(late.ok ? '' : late.failure.code, 'alreadyDecided');
});

test('a wait that nobody ends comes to what the policy says: the call is refused, or run', async () => {
  for (const [onTimeout, result] of [
    ['deny', 'ErrorObservation'],
    ['allow', 'CmdOutputObservation'],
  ] as const) {
    const policy: Policy = { mode: 'ask', timeoutSeconds: 10, onTimeout };
    const held = await startWith(policy, answerWith('', run('c-1', 'echo 1 > a')));
    await rests(held, 'waiting');
    held.clock.ms += 10_000;
    held.session.endOverdueWait();
    await rests(held, 'idle');
    assert.equal(observed(held, 'c-1')[0]?.[0], result, onTimeout);
  }
});

const plan = (id = 'p-1') => ({ id, name: 'present_plan', input: { plan: '1. Write a.' } });

test('with a plan to be approved nothing is changed before, and everything may be after', async () => {
  const held = await startWith(
    { mode: 'plan' },
    answerWith('', run('c-1', 'echo 1 > a'), run('c-2', 'ls')),
    answerWith('', plan()),
    answerWith('', plan('p-2')),
    answerWith('', run('c-3', 'echo 1 > a')),
  );
  await rests(held, 'waiting');
  assert.match(observed(held, 'c-1')[0]?.[1] ?? '', /Only look until the user has approved a plan/);
  assert.equal(observed(held, 'c-2')[0]?.[0], 'CmdOutputObservation');
  assert.partialDeepStrictEqual(findWaits(held.ring.events), [{ kind: 'plan', text: '1. Write a.' }]);
  await held.session.takeCommand(decide('p-1', 'deny', { message: 'Write b.' }));
  await waitUntil('the second plan', () => findWaits(held.ring.events)[0]?.toolCallId === 'p-2');
  assert.match(observed(held, 'p-1')[0]?.[1] ?? '', /has not approved the plan.*Write b\./);
  await rests(held, 'waiting');
  await held.session.takeCommand(decide('p-2', 'allow'));
  await rests(held, 'idle');
  assert.equal(observed(held, 'c-3')[0]?.[0], 'CmdOutputObservation');
});

test('a message to a plan makes the agent plan anew, and is no approval', async () => {
  const held = await startWith(
    { mode: 'plan' },
    answerWith('', plan()),
    answerWith('', run('c-1', 'touch a')),
    answerWith('', finish()),
  );
  await rests(held, 'waiting');
  await held.session.takeCommand({ type: 'message', id: 'm-1', content: 'And b?' });
  await rests(held, 'idle');
  assert.match(observed(held, 'p-1')[0]?.[1] ?? '', /has not decided about the plan yet/);
  assert.match(observed(held, 'c-1')[0]?.[1] ?? '', /Only look/);
});

test('without a policy nothing waits: what would ask is refused', async () => {
  const model = new FakeModel(answerWith('', run('c-1', 'git push -f origin a'), run('c-2', 'touch a')));
  const held = { ...createSession({ model }), model };
  await rests(held, 'idle');
  assert.match(observed(held, 'c-1')[0]?.[1] ?? '', /made without a `policy`/);
  assert.equal(observed(held, 'c-2')[0]?.[0], 'CmdOutputObservation');
});
