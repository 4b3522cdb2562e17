// A plan is an event with its items, stands in the session's state, and outlasts a summary.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeNow } from '../session/session-now.ts';
import { buildContext } from '../session/transcript.ts';
import { callOf, numberEvents, task } from '../testing/stored-events.ts';
import { prepareCall } from './prepare-call.ts';
import { everyTool } from './tool-set.ts';

const items = [
  { text: 'Find the cause', state: 'done' },
  { text: 'Mend it', state: 'inProgress' },
];
const planned = prepareCall(callOf('p', 'plan', { items }), everyTool);

test('clients get the items, and people who read the text see how far they are', () => {
  assert.deepEqual(planned.action.metadata.plan, items);
  assert.equal(planned.action.content, '[x] Find the cause\n[>] Mend it');
  assert.equal(planned.run, undefined);
});

test('an empty item, an unknown state and more than 50 items are refused', () => {
  for (const wrong of [
    [{ text: ' ', state: 'done' }],
    [{ text: 'x', state: 'later' }],
    Array.from({ length: 51 }, () => items[0]),
  ])
    assert.equal(prepareCall(callOf('p', 'plan', { items: wrong }), everyTool).isInvalid, true);
});

test('the last plan is part of how a session stands, and stays in the conversation when that is summed up', () => {
  const events = numberEvents(task(), planned.action, {
    eventType: 'CondensationAction',
    content: 'It was begun.',
    metadata: { summarizedThrough: 2 },
  });
  assert.deepEqual(describeNow(events).plan, items);
  assert.deepEqual(buildContext(events, 'Build it').at(-1), {
    kind: 'notice',
    text: 'Your plan:\n[x] Find the cause\n[>] Mend it',
  });
});
