// What the agent types into a command in the background is decided about as the whole that it makes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import type { Policy } from '../../schema/policy.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { BackgroundSandbox } from '../testing/fake-background.ts';
import { answerWith, FakeModel } from '../testing/fake-model.ts';
import { createSession, testSettings } from '../testing/test-session.ts';
import { findWaits } from './waits.ts';

const background = (id: string, input: object) => ({ id, name: 'background', input: { id: 1, ...input } });

async function runUntil(state: string, policy: Policy, ...answers: ReturnType<typeof answerWith>[]) {
  const sandbox = new BackgroundSandbox();
  const model = new FakeModel(...answers);
  const record = { settings: { ...testSettings, policy } };
  const held = createSession({ model, isMock: false, record, makeSandbox: async () => succeeded(sandbox) });
  const { session, ring } = held;
  await waitUntil(`it is ${state}`, () => session.state === state && ring.writeBuffer.uncommittedCount === 0);
  return { ...held, sandbox };
}

test('a deletion that is typed in two pieces asks, in one answer and in two', async () => {
  const pieces = [background('b-1', { input: 'rm -rf a' }), background('b-2', { input: ' /etc\n' })];
  const [first, second] = pieces as [(typeof pieces)[0], (typeof pieces)[0]];
  for (const answers of [[answerWith('', first, second)], [answerWith('', first), answerWith('', second)]]) {
    const { ring, sandbox } = await runUntil('waiting', { mode: 'auto' }, ...answers);
    assert.deepEqual(
      findWaits(ring.events).map(({ toolCallId, allows }) => [toolCallId, allows?.includes('does deleteOutside')]),
      [['b-2', true]],
    );
    assert.equal(sandbox.background.asked.length, 1);
  }
});

test('who may only look ends and types nothing, and reads what was printed', async () => {
  const { ring, sandbox } = await runUntil(
    'idle',
    { mode: 'read-only' },
    answerWith('', background('b-1', { kill: true }), background('b-2', { input: '\n' }), background('b-3', {})),
  );
  const observed = ring.events.flatMap(({ eventType, metadata }) => (metadata?.toolCallId ? [eventType] : []));
  assert.deepEqual(observed.slice(0, 3), ['ErrorObservation', 'ErrorObservation', 'CmdOutputObservation']);
  assert.deepEqual(
    sandbox.background.asked.map(({ kill, input }) => [kill, input]),
    [[undefined, undefined]],
  );
});
