// How a session stands follows from its events, and from little that its host knows beside them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventMetadata, Usage } from '../../schema/event.ts';
import { completed, message, numberEvents, type StoredDraft, status, task } from '../testing/stored-events.ts';
import { describeNow } from './session-now.ts';
import { noUsage } from './turn-usage.ts';

const usageOf = (steps: number): Usage => ({ ...noUsage, inputTokens: 100 * steps, steps, costUsd: steps / 10 });

const model = 'anthropic/claude-sonnet-5-5';
const context = { tokens: 150, tokensMax: 1_000 };

const said = (readThrough: number, more: EventMetadata = {}): StoredDraft => ({
  eventType: 'MessageAction',
  content: 'Done.',
  metadata: { answerId: `a-${readThrough}`, readThrough, model, context, usage: usageOf(1), ...more },
});

test('a session that has done nothing yet has nothing to tell but the model that would be asked', () => {
  assert.deepEqual(describeNow([]), { waitingFor: [], unread: [] });
  assert.deepEqual(describeNow([], { model }), { model, waitingFor: [], unread: [] });
});

test('the latest answer tells the model, what its turn has used and how full the context is', () => {
  const events = numberEvents(task(), said(1), said(2, { usage: usageOf(2), context: { ...context, tokens: 300 } }));
  assert.deepEqual(describeNow(events, { model: 'anthropic/another' }), {
    model,
    usage: usageOf(2),
    context: { tokens: 300, tokensMax: 1_000 },
    waitingFor: [],
    unread: [],
  });
});

test('the last turn’s usage stays until the next turn begins', () => {
  const end = status('completed', { reason: 'finished', readThrough: 1, usage: usageOf(3) });
  const ended = [task(), said(1), end];
  assert.deepEqual(describeNow(numberEvents(...ended)).usage, usageOf(3));
  assert.deepEqual(describeNow(numberEvents(...ended, message())).usage, noUsage);
});

test('after a summary it isn’t known how full the context is until the model has answered', () => {
  const summary = { eventType: 'CondensationAction', content: 'In short', metadata: { summarizedThrough: 2 } };
  assert.equal(describeNow(numberEvents(task(), said(1), summary)).context, undefined);
  assert.deepEqual(describeNow(numberEvents(task(), said(1), summary, said(3))).context, context);
});

test('messages wait until the model has read them, as its host or its next answer says', () => {
  const events = numberEvents(task(), said(1), completed(1), { ...message('And more'), commandId: 'm-1' });
  const waiting = { id: 'm-1', sequence: 4, content: 'And more' };
  assert.deepEqual(describeNow(events).unread, [waiting]);
  assert.deepEqual(describeNow(events, { readThrough: 1 }).unread, [waiting]);
  assert.deepEqual(describeNow(events, { readThrough: 4 }).unread, []);
  assert.deepEqual(describeNow([...events, ...numberEvents(task(), said(4)).slice(1)]).unread, []);
});

test('of many and long messages the newest are listed, and their beginnings', () => {
  const events = numberEvents(...Array.from({ length: 60 }, (_, at) => message(`${at} ${'x'.repeat(5_000)}`)));
  const { unread } = describeNow(events);
  assert.equal(unread.length, 20);
  assert.match(unread.at(-1)?.content ?? '', /^59 x/);
  assert.ok(unread.every(({ content }) => content.length <= 200));
});
