// What stays beside a summary word for word: the user's messages and the newest steps, as far as there is room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../schema/event.ts';
import {
  action,
  callOf,
  message,
  numberEvents,
  observation,
  type StoredDraft,
  task,
} from '../testing/stored-events.ts';
import { tokensOf } from './compaction.ts';
import { keepMessages, planSummary } from './summary-plan.ts';
import { buildContext } from './transcript.ts';

/** A step that had read so far, and prints so many characters. */
const step = (id: string, readThrough: number, chars = 40): StoredDraft[] => [
  { ...action(callOf(id)), metadata: { toolCall: callOf(id), answerId: `answer-${id}`, readThrough } },
  {
    ...observation(id, `${id} ${'x'.repeat(chars)}`),
    metadata: { toolCallId: id, answerId: `answer-${id}`, readThrough },
  },
];

const planOf = (events: readonly StoredEvent[], tokensMax: number) =>
  planSummary(buildContext(events, 'Build it'), { events, through: events.at(-1)?.sequence ?? 0 }, tokensMax);

const summaryOf = (metadata: object): StoredDraft => ({
  eventType: 'CondensationAction',
  content: 'In short.',
  metadata,
});

test('the newest steps that fit and all messages stay beside a summary, word for word and in order', () => {
  const events = numberEvents(
    task('Build "it" <now>'),
    ...step('a', 1, 5_000),
    message('Use tabs'),
    ...step('b', 4),
    ...step('c', 6),
  );
  const plan = planOf(events, 1_200);
  assert.deepEqual(plan, { summarizedThrough: 4, userMessages: ['Build "it" <now>', 'Use tabs'] });
  const after = numberEvents(...events, summaryOf(plan), ...step('d', 9));
  const [first, ...rest] = buildContext(after, 'Build it');
  assert.equal(
    first?.text,
    [
      "# The user's messages, word for word",
      '<message>\nBuild "it" <now>\n</message>\n<message>\nUse tabs\n</message>',
      '# Summary',
      'In short.',
      '# The newest steps, word for word',
      ...['b', 'c'].map((id) => `## The agent\nCall of shell: {"command":"ls"}\nResult: ${id} ${'x'.repeat(40)}`),
    ].join('\n\n'),
  );
  assert.deepEqual(
    rest.map(({ kind }) => kind),
    ['answer'],
  );
});

test('a message that came while the summary was written stays the next thing to be read', () => {
  const events = numberEvents(task(), ...step('a', 1, 5_000), ...step('b', 3));
  const plan = planOf(events, 1_200);
  assert.equal(plan.summarizedThrough, 3);
  const [first, ...rest] = buildContext(numberEvents(...events, message('Stop that'), summaryOf(plan)), 'Build it');
  assert.doesNotMatch(first?.text ?? '', /Stop that/);
  assert.deepEqual(rest, [{ kind: 'user', text: 'Stop that' }]);
});

test('messages stay word for word over any number of summaries, also where their events are too old', () => {
  const first = numberEvents(task('Task'), message('One'), ...step('a', 2, 5_000), ...step('b', 4, 5_000));
  const plan = planOf(first, 1_000);
  assert.deepEqual(plan, { summarizedThrough: 6, userMessages: ['Task', 'One'] });
  const events = numberEvents(...first, summaryOf(plan), message('Two'), ...step('c', 8), ...step('d', 10, 5_000));
  assert.deepEqual(planOf(events.slice(4), 1_000).userMessages, ['Task', 'One', 'Two']);
  const old = numberEvents(task(), ...step('a', 1), message('Three'), ...step('b', 4, 5_000)).slice(3);
  assert.deepEqual(planOf(old, 1_000).userMessages, ['Build it', 'Three']);
});

test('a single step that is too long is summed up like the rest', () => {
  const events = numberEvents(task(), ...step('a', 1), ...step('b', 3, 50_000));
  assert.equal(planOf(events, 10_000).summarizedThrough, events.length);
});

test('messages take bounded room: the task and the newest stay, and long ones are cut in their middle', async () => {
  await fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 3_000 }), { maxLength: 20 }),
      fc.integer({ min: 800, max: 30_000 }),
      (said, charsMax) => {
        const kept = keepMessages(said, charsMax);
        const chars = kept.join('').length;
        assert.ok(chars <= charsMax);
        if (said.join('').length <= charsMax) return assert.deepEqual(kept, said);
        assert.equal(kept[0]?.slice(0, 40), said[0]?.slice(0, 40));
        assert.ok(kept.length < 2 || kept.at(-1)?.slice(0, 40) === said.at(-1)?.slice(0, 40));
      },
    ),
  );
});

test('however long a conversation was, what a summary leaves of it takes a fraction of the budget', async () => {
  const draft = fc.oneof(
    fc.integer({ min: 0, max: 8_000 }).map((chars) => ({ chars, isMessage: false })),
    fc.integer({ min: 0, max: 8_000 }).map((chars) => ({ chars, isMessage: true })),
  );
  await fc.assert(
    fc.property(
      fc.array(draft, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 4_000, max: 100_000 }),
      (drafts, tokensMax) => {
        let events = numberEvents(task());
        for (const [at, { chars, isMessage }] of drafts.entries())
          events = numberEvents(
            ...events,
            ...(isMessage ? [message('y'.repeat(chars))] : step(`s${at}`, events.length, chars)),
          );
        const plan = planOf(events, tokensMax);
        const left = buildContext(numberEvents(...events, summaryOf(plan)), 'Build it');
        const [first] = left;
        assert.ok(first && tokensOf([first]) <= 0.25 * tokensMax + 200);
      },
    ),
    { numRuns: 50 },
  );
});
