// Where a conversation may be forked: only where it is whole, and as late as that allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredEvent } from '../../schema/event.ts';
import {
  action,
  callOf,
  completed,
  message,
  numberEvents,
  observation,
  type StoredDraft,
  status,
  stop,
  task,
} from '../testing/stored-events.ts';
import { testRecord } from '../testing/test-session.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { tools } from '../tools/registry.ts';
import { everyTool } from '../tools/tool-set.ts';
import { findForkPoint, forkFactOf, isBehindAnswer, openAnswerAt } from './fork-point.ts';
import { buildContext, findLastUserSequence, findStanding, findUnansweredCalls } from './transcript.ts';

const of = (answerId: string, draft: StoredDraft): StoredDraft => ({
  ...draft,
  metadata: { ...draft.metadata, answerId },
});
const pointOf = (events: readonly StoredEvent[], until = Number.POSITIVE_INFINITY) =>
  findForkPoint(events.map(forkFactOf), until);

const begun = [status('initializing'), task(), status('ready')];
const finish = action(callOf('c-9', 'finish', { message: 'Done.' }), 'AgentFinishAction');

test('a chat at rest is forked at its end', () => {
  assert.deepEqual(pointOf(numberEvents(...begun, of('a', finish), completed(2))), { through: 5 });
});

test('an answer with its calls and what came of them is copied whole or not at all', () => {
  const events = numberEvents(
    ...begun, // 1 to 3
    of('a', { eventType: 'MessageAction', content: 'Both.' }), // 4
    of('a', action(callOf('c-1'))),
    of('a', observation('c-1')),
    message('Meanwhile'), // 7
    of('a', action(callOf('c-2'))),
    of('a', observation('c-2')), // 9
    of('b', finish), // 10
    completed(7),
  );
  const throughOf = (until: number) => pointOf(events, until)?.through;
  assert.deepEqual([3, 4, 5, 6, 7, 8, 9, 10, 11].map(throughOf), [3, 3, 3, 3, 3, 3, 9, 10, 11]);
  assert.deepEqual(pointOf(events, 8)?.openTurn, { end: 'interrupted', readThrough: 2 });
  assert.deepEqual(pointOf(events, 10)?.openTurn, { end: 'finished', readThrough: 7 });
  assert.equal(pointOf(events, 11)?.openTurn, undefined);
});

test('a call that runs, or was lost with its session, is left out with its answer', () => {
  const running = numberEvents(...begun, of('a', action(callOf('c-1'))));
  assert.equal(pointOf(running)?.through, 3);
  const lost = numberEvents(...begun, of('a', action(callOf('c-1'))), stop, status('stopping'), status('stopped'));
  assert.equal(pointOf(lost)?.through, 3);
});

test('what ended a session is not copied, and nothing behind it', () => {
  for (const end of [stop, status('stopping'), { eventType: 'SessionError', role: 'system' } as const]) {
    const events = numberEvents(...begun, of('a', finish), completed(2), end, message(), status('stopped'));
    assert.deepEqual(pointOf(events), { through: 5 });
  }
});

test('an interrupt that has ended no turn yet is at rest in the fork', () => {
  const interrupt: StoredDraft = { eventType: 'Interrupt', role: 'system' };
  const events = numberEvents(...begun, of('a', finish), completed(2), interrupt);
  assert.deepEqual(pointOf(events), { through: 6, openTurn: { end: 'interrupted', readThrough: 2 } });
});

test('before the user has said anything there is nothing to fork', () => {
  const events = numberEvents(...begun);
  assert.deepEqual([pointOf([]), pointOf(events, 0), pointOf(events, 1)], [undefined, undefined, undefined]);
  assert.equal(pointOf(events, 2)?.through, 2);
});

test('every tool whose calls have an observation is known as such', () => {
  for (const tool of tools)
    for (const input of tool.examples) {
      const call = callOf('c-1', tool.name, input);
      const { action: recorded, run } = prepareCall(call, everyTool);
      const [event] = numberEvents(recorded);
      assert.ok(event);
      assert.equal(forkFactOf(event).callId, run && 'c-1', tool.name);
    }
});

type Part =
  | { kind: 'message' }
  | { kind: 'answer'; calls: number; lost: boolean; interleaved: number }
  | { kind: 'end' };

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.constant({ kind: 'message' } as const),
  fc.record({
    kind: fc.constant('answer' as const),
    calls: fc.nat(3),
    lost: fc.boolean(),
    interleaved: fc.nat(3),
  }),
  fc.constant({ kind: 'end' } as const),
);

/** A log as sessions make it: answers with calls, each observed or lost, messages meanwhile, ends of turns. */
const anyLog = fc.array(anyPart, { maxLength: 12 }).map((parts): StoredEvent[] => {
  const drafts: StoredDraft[] = [...begun];
  for (const [at, part] of parts.entries()) {
    if (part.kind === 'message') drafts.push(message(`Message ${at}`));
    else if (part.kind === 'end') drafts.push(completed(drafts.findLastIndex(({ role }) => role === 'user') + 1));
    else {
      const id = `a${at}`;
      drafts.push(of(id, { eventType: 'MessageAction', content: `Answer ${at}` }));
      for (let call = 0; call < part.calls; call++) {
        drafts.push(of(id, action(callOf(`${id}-${call}`))));
        if (call < part.interleaved) drafts.push(message('Meanwhile'));
        if (!part.lost) drafts.push(of(id, observation(`${id}-${call}`)));
      }
    }
  }
  return numberEvents(...drafts);
});

const isWholeAt = (events: readonly StoredEvent[], sequence: number): boolean => {
  const copied = events.filter((event) => event.sequence <= sequence);
  const rest = new Set(events.filter((event) => event.sequence > sequence).map(({ metadata }) => metadata?.answerId));
  const isCut = copied.some(({ metadata }) => metadata?.answerId !== undefined && rest.has(metadata.answerId));
  return !isCut && findUnansweredCalls(copied).length === 0;
};

test('wherever a chat is forked, the copy is the longest one that is whole, and it rests', () => {
  void fc.assert(
    fc.property(anyLog, fc.nat(60), (events, until) => {
      const point = pointOf(events, until);
      const wholes = events.map(({ sequence }) => sequence).filter((at) => at <= until && isWholeAt(events, at));
      const expected = wholes.at(-1) ?? 0;
      if (point === undefined) return assert.ok(expected < 2);
      const { through, openTurn } = point;
      assert.equal(through, expected);
      const copied = events.slice(0, through);
      const end = openTurn ? [{ ...completed(openTurn.readThrough), sequence: through + 1 }] : [];
      const fork = [...copied, ...numberEvents(...end)];
      const { hasUnread } = findStanding(testRecord(), fork);
      assert.equal(hasUnread, false);
      const conversation = buildContext(events, 'Build it').filter(({ kind }) => kind === 'answer');
      const forked = buildContext(fork, 'Build it').filter(({ kind }) => kind === 'answer');
      assert.deepEqual(forked, conversation.slice(0, forked.length));
      assert.ok(findLastUserSequence(copied) > 0);
    }),
  );
});

test('what is needed beyond the wanted event is read, and no more', () => {
  void fc.assert(
    fc.property(anyLog, fc.nat(60), (events, until) => {
      const facts = events.map(forkFactOf);
      const lastAnswer = facts
        .filter(({ sequence }) => sequence <= until)
        .reduce((before: string | undefined, fact) => openAnswerAt(fact, before), undefined);
      const behind = facts.findIndex((fact) => fact.sequence > until && isBehindAnswer(fact, lastAnswer));
      const read = behind === -1 ? facts : facts.slice(0, behind);
      assert.deepEqual(findForkPoint(read, until), findForkPoint(facts, until));
    }),
  );
});
