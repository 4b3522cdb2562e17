// How a session's turns end, as the session records it: by the turn itself, by a cut, or not at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntil } from '../testing/event-loop.ts';
import { endless, FakeModel } from '../testing/fake-model.ts';
import { createSession, listTypes } from '../testing/test-session.ts';
import { timeoutSentence } from './session-sentences.ts';
import { completionOf, isOverdue } from './turn-runner.ts';

const interrupted = { end: 'interrupted', message: 'The turn was interrupted.' } as const;

test('a turn that took too long ends with that reason, whatever else it says', () => {
  assert.deepEqual(completionOf(interrupted, 'timeout'), { end: 'timeout', message: timeoutSentence });
});

test('a turn that was not cut, or was interrupted, ends as it says itself', () => {
  const finished = { end: 'finished', message: 'Done.' } as const;
  assert.deepEqual(completionOf(finished, undefined), finished);
  assert.deepEqual(completionOf(interrupted, 'interrupted'), interrupted);
});

test('a turn is overdue from its time limit on', () => {
  assert.deepEqual([isOverdue(100, 149, 50), isOverdue(100, 150, 50)], [false, true]);
});

test('a turn that was interrupted and whose session is then stopped records no end of its own', async () => {
  const model = new FakeModel(endless);
  const test = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  const [interrupting, stopping] = [
    test.session.takeCommand({ type: 'interrupt', id: 'i-1' }),
    test.session.takeCommand({ type: 'stop', id: 's-1' }),
  ];
  assert.deepEqual([(await interrupting).ok, (await stopping).ok], [true, true]);
  assert.equal(listTypes(test).includes('completed'), false);
  assert.equal(listTypes(test).at(-1), 'stopped');
});
