// What a session's rows mean to a model, and where a session stands after a crash at any of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { StoredEvent, ToolCall, TurnEnd } from '../../schema/event.ts';
import type { ContextEntry } from '../models/model.ts';
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
import type { Beginning } from './session.machine.ts';
import {
  buildContext,
  findLastUserSequence,
  findStanding,
  findUnansweredCalls,
  findUnansweredMessages,
  type Standing,
} from './transcript.ts';

const think = callOf('c-0', 'think', { thought: 'Hm.' });
const finish = callOf('c-9', 'finish', { message: 'Done.' });

/** All events of a session: a task, a turn, a follow-up that comes during its turn, and a stop during another. */
const life: StoredEvent[] = numberEvents(
  status('initializing'), // 1
  task(),
  status('mock_mode'),
  action(think, 'ThinkAction'),
  action(callOf('c-1')), // 5
  observation('c-1'),
  message('During the turn'),
  action(callOf('c-2')),
  observation('c-2', 'no', 'ErrorObservation'),
  action(finish, 'AgentFinishAction'), // 10
  completed(7),
  message('After the turn'),
  { eventType: 'Interrupt', role: 'system' },
  completed(12),
  message('Once more'), // 15
  { eventType: 'MessageAction', content: 'On it.' },
  action(callOf('c-3')),
  stop,
  status('stopping'),
  observation('c-3'), // 20
  status('stopped'),
);

/** Where the session stands when the rows end after each event, and whether a message waits. */
const standings: [Beginning, boolean][] = [
  ['provisioning', true],
  ['provisioning', true],
  ['provisioning', true],
  ['working', true],
  ['working', true],
  ['working', true], // 5
  ['working', true],
  ['working', true],
  ['working', true],
  ['working', true],
  ['working', true], // 10
  ['idle', false],
  ['working', true],
  ['idle', false], // The interrupt was stored: its turn doesn't go on.
  ['idle', false],
  ['working', true], // 15
  ['working', true],
  ['working', true],
  ['stopping', false],
  ['stopping', false],
  ['stopping', false], // 20
  ['stopping', false],
];

test('a session that lost its owner after any of its events goes on exactly where it stood', () => {
  for (let length = 0; length <= life.length; length++) {
    const { beginning, hasUnread } = findStanding(testRecord(), life.slice(0, length));
    assert.deepEqual([beginning, hasUnread], standings[length], `after ${length} events`);
  }
});

const standing = (events: readonly StoredEvent[], more = {}): Standing => findStanding(testRecord(more), events);

test('a session that nobody has joined yet waits for its first client', () => {
  assert.deepEqual(standing([], { state: 'created' }), { beginning: 'created', hasUnread: true });
});

test('a session that was begun, or stopped, before its row said so is not taken for one that waits', () => {
  const created = { state: 'created' };
  assert.equal(standing(life.slice(0, 2), created).beginning, 'provisioning');
  assert.equal(standing(life.slice(0, 11), created).beginning, 'idle');
  assert.equal(standing(numberEvents(stop), created).beginning, 'stopping');
});

test('a message that came in the very end of a turn is not taken for answered', () => {
  const late = numberEvents(status('initializing'), task(), status('ready'), message(), completed(2));
  assert.deepEqual(standing(late), { beginning: 'working', hasUnread: true });
  const read = numberEvents(status('initializing'), task(), status('ready'), message(), completed(4));
  assert.deepEqual(standing(read), { beginning: 'idle', hasUnread: false });
});

test('an interrupt that was stored ends its turn after a crash too, and no other', () => {
  const interrupt: StoredDraft = { eventType: 'Interrupt', role: 'system' };
  const begun = [status('initializing'), task(), status('ready')];
  assert.deepEqual(standing(numberEvents(...begun, interrupt)), { beginning: 'idle', hasUnread: false, cutThrough: 2 });
  const later = standing(numberEvents(...begun, interrupt, message()));
  assert.deepEqual(later, { beginning: 'working', hasUnread: true, cutThrough: 2 });
  const resting = standing(numberEvents(...begun, completed(2), interrupt));
  assert.deepEqual(resting, { beginning: 'idle', hasUnread: false });
  const unready = standing(numberEvents(status('initializing'), task(), interrupt));
  assert.deepEqual(unready, { beginning: 'provisioning', hasUnread: false, cutThrough: 2 });
  const long = standing(numberEvents(...begun, action(callOf('c-1')), interrupt).slice(3));
  assert.deepEqual(long, { beginning: 'idle', hasUnread: false, cutThrough: 0 });
});

test('messages that no answer knew, and that no turn has ended on, are named', () => {
  const sent = (commandId: string): StoredDraft => ({ ...message(), commandId });
  const answer = (readThrough: number): StoredDraft => ({ eventType: 'MessageAction', metadata: { readThrough } });
  const events = numberEvents({ ...task(), commandId: 't' }, answer(1), sent('a'), answer(3), sent('b'), sent('c'));
  assert.deepEqual(findUnansweredMessages(events), ['b', 'c']);
  assert.deepEqual(findUnansweredMessages(events, 5), ['b']);
  assert.deepEqual(findUnansweredMessages([...events, ...numberEvents(completed(6))]), []);
  assert.deepEqual(findUnansweredMessages(events.slice(0, 1)), ['t']);
});

test('a turn so long that its beginning was not read back goes on, whatever of it was', () => {
  for (let from = 1; from < 10; from++)
    assert.deepEqual(
      standing(life.slice(from, 10)),
      { beginning: 'working', hasUnread: true },
      `from event ${from + 1}`,
    );
  assert.equal(standing(life.slice(5, 11)).beginning, 'idle');
  assert.equal(standing(life.slice(5, 12)).beginning, 'working');
  assert.equal(standing(life.slice(12)).beginning, 'stopping');
});

test('a model reads messages, its own words, calls and what came of them, in order', () => {
  assert.deepEqual(buildContext(life, 'Build it'), [
    { kind: 'user', text: 'Build it' },
    answered(think, noted),
    answered(callOf('c-1'), ok),
    { kind: 'user', text: 'During the turn' },
    answered(callOf('c-2'), { text: 'no', isError: true }),
    answered(finish, noted),
    { kind: 'user', text: 'After the turn' },
    { kind: 'user', text: 'Once more' },
    { kind: 'answer', thoughts: [], text: 'On it.', calls: [] },
    answered(callOf('c-3'), ok),
  ]);
});

const noted = { text: 'Noted.', isError: false };
const ok = { text: 'ok', isError: false };
const answered = (call: ToolCall, observation: typeof ok) =>
  ({ kind: 'answer', thoughts: [], text: '', calls: [{ call, observation }] }) as const;

test('what a model said at once is one answer again, whatever came in between', () => {
  const of = (answerId: string, draft: StoredDraft): StoredDraft => ({
    ...draft,
    metadata: { ...draft.metadata, answerId },
  });
  const events = numberEvents(
    task(),
    of('a', { eventType: 'ThinkAction', content: 'Hm.', metadata: { thought: 'Hm.', signature: 'signed' } }),
    of('a', { eventType: 'MessageAction', content: 'Both.' }),
    of('a', action(callOf('c-1'))),
    message('Meanwhile'),
    of('a', action(callOf('c-2'))),
    observation('c-2', 'no', 'ErrorObservation'),
    observation('c-1'),
    of('b', { eventType: 'MessageAction', content: 'Next.' }),
  );
  assert.deepEqual(buildContext(events, 'Build it'), [
    { kind: 'user', text: 'Build it' },
    {
      kind: 'answer',
      thoughts: [{ text: 'Hm.', signature: 'signed' }],
      text: 'Both.',
      calls: [
        { call: callOf('c-1'), observation: ok },
        { call: callOf('c-2'), observation: { text: 'no', isError: true } },
      ],
    },
    { kind: 'user', text: 'Meanwhile' },
    { kind: 'answer', thoughts: [], text: 'Next.', calls: [] },
  ]);
});

test('a message that came while the model was answering stands behind the answer, which did not know it', () => {
  const of = (answerId: string, readThrough: number, draft: StoredDraft): StoredDraft => ({
    ...draft,
    metadata: { ...draft.metadata, answerId, readThrough },
  });
  const events = numberEvents(
    task(),
    message('Meanwhile'),
    message('And this'),
    of('a', 1, { eventType: 'MessageAction', content: 'Hm.' }),
    of('a', 1, action(callOf('c-1'))),
    message('Later'),
    observation('c-1'),
    of('b', 6, { eventType: 'MessageAction', content: 'All read.' }),
  );
  assert.deepEqual(
    buildContext(events, 'Build it').map((entry) => entry.text),
    ['Build it', 'Hm.', 'Meanwhile', 'And this', 'Later', 'All read.'],
  );
});

test('a summary stands for what came before it, and nothing after it is lost', () => {
  const summary: StoredDraft = {
    eventType: 'CondensationAction',
    content: 'We built it.',
    metadata: { summarizedThrough: 3 },
  };
  const events = numberEvents(
    task(),
    action(callOf('c-1')),
    observation('c-1'),
    message('Late'),
    summary,
    message('Later'),
  );
  assert.deepEqual(buildContext(events, 'Build it'), [
    { kind: 'summary', text: 'We built it.' },
    { kind: 'user', text: 'Late' },
    { kind: 'user', text: 'Later' },
  ]);
});

const ended = (reason: TurnEnd, content: string): StoredDraft => ({ ...status('completed', { reason }), content });

test('a model is told how its turn ended, after what it did, unless it knows that itself', () => {
  const said = (reason: TurnEnd, content: string) =>
    buildContext(
      numberEvents(task(), action(callOf('c-1')), observation('c-1'), ended(reason, content), message()),
      'Build it',
    ).slice(2, -1);
  const [interrupted] = said('interrupted', 'The turn was interrupted.');
  assert.ok(interrupted?.kind === 'notice');
  assert.match(interrupted.text, /The user interrupted the turn here/);
  for (const reason of ['iterations', 'timeout', 'repeating', 'failed'] as const) {
    const [told] = said(reason, 'It took too long.');
    assert.ok(told?.kind === 'notice', reason);
    assert.match(told.text, /The turn was ended here.* It took too long\./, reason);
  }
  assert.deepEqual([said('finished', 'Done.'), said('refused', 'No.')], [[], []]);
});

test('a model is told that its workspace was emptied, and what is there again', () => {
  const cloned: StoredDraft = { eventType: 'RepositoryCloned', content: 'Cloned it.' };
  const events = numberEvents(
    task(),
    cloned,
    action(callOf('c-1')),
    observation('c-1'),
    completed(1),
    message(),
    { eventType: 'WorkspaceEmptied', content: 'It is empty now.' },
    cloned,
  );
  const [user, answer, more, emptied, again, ...rest] = buildContext(events, 'Build it');
  assert.deepEqual([user?.kind, answer?.kind, more?.kind, rest], ['user', 'answer', 'user', []]);
  assert.ok(emptied?.kind === 'notice');
  assert.match(emptied.text, /^It is empty now\. Files, background processes and the state of the shell are gone/);
  assert.deepEqual(again, { kind: 'notice', text: 'Cloned it.' });
});

test('the conversation knows where time passed before a result, in the call or before it', () => {
  const at = (createdAtMs: number, draft: StoredDraft): StoredDraft => ({ ...draft, createdAtMs });
  const events = numberEvents(
    at(0, task()),
    at(20_000, action(callOf('c-1'))), // No result came before the first call.
    at(20_100, observation('c-1')),
    at(22_000, action(callOf('c-2'))),
    at(22_900, observation('c-2')),
    at(24_000, action(callOf('c-3'))),
    at(25_000, observation('c-3')),
    at(40_000, action(callOf('c-4'))),
    at(40_010, observation('c-4')),
  );
  const waits = buildContext(events, 'Build it').flatMap((entry) => (entry.kind === 'answer' ? entry.calls : []));
  assert.deepEqual(
    waits.map(({ hasWaited = false }) => hasWaited),
    [false, false, true, true],
  );
});

test('a session so long that its beginning was not read back still knows its task', () => {
  assert.deepEqual(buildContext(life.slice(12), 'Build it')[0], { kind: 'user', text: 'Build it' });
});

test('a conversation only grows: a later crash never takes back what a model has read', () => {
  const withoutObservations = (entries: ContextEntry[]) =>
    entries.map((entry) => (entry.kind === 'answer' ? entry.calls.map(({ call }) => call) : entry));
  const whole = withoutObservations(buildContext(life, 'Build it'));
  for (let length = 0; length <= life.length; length++) {
    const context = withoutObservations(buildContext(life.slice(0, length), 'Build it'));
    assert.deepEqual(context, whole.slice(0, context.length));
  }
});

test('the last message of the user is found, or none', () => {
  assert.equal(findLastUserSequence(life), 15);
  assert.equal(findLastUserSequence(life.slice(0, 11)), 7);
  assert.equal(findLastUserSequence(life.slice(0, 1)), 0);
});

test('after a crash exactly the call that was running has no answer', () => {
  const running: Record<number, string> = { 5: 'c-1', 8: 'c-2', 17: 'c-3', 18: 'c-3', 19: 'c-3' };
  for (let length = 0; length <= life.length; length++) {
    const ids = findUnansweredCalls(life.slice(0, length)).map((call) => call.id);
    assert.deepEqual(ids, running[length] ? [running[length]] : [], `after ${length} events`);
  }
});

test('a call that only says something needs no answer, one of an unknown tool or with wrong input does', () => {
  const calls = [
    think,
    finish,
    callOf('c-1', 'teleport'),
    callOf('c-2', 'write', {}),
    callOf('c-3', 'read', { path: 'a' }),
  ];
  const events = numberEvents(...calls.map((call) => action(call, 'ToolCallAction')));
  assert.deepEqual(
    findUnansweredCalls(events).map((call) => call.id),
    ['c-1', 'c-2', 'c-3'],
  );
});

test('whatever calls were answered, those that were not are named once each, in order', async () => {
  const flags = fc.array(fc.boolean(), { maxLength: 20 });
  await fc.assert(
    fc.property(flags, (answered) => {
      const events = numberEvents(
        ...answered.map((_, at) => action(callOf(`c-${at}`))),
        ...answered.flatMap((isAnswered, at) => (isAnswered ? [observation(`c-${at}`)] : [])),
      );
      const expected = answered.flatMap((isAnswered, at) => (isAnswered ? [] : [`c-${at}`]));
      assert.deepEqual(
        findUnansweredCalls(events).map((call) => call.id),
        expected,
      );
    }),
  );
});

test('a file that a person wrote is news to the model, and begins no work', () => {
  const wrote: StoredDraft = {
    eventType: 'UserFileChange',
    role: 'system',
    content: 'The user has written /workspace/a.',
  };
  const context = buildContext(numberEvents(task('Build it'), wrote), 'Build it');
  assert.deepEqual(context, [
    { kind: 'user', text: 'Build it' },
    { kind: 'notice', text: 'The user has written /workspace/a.' },
  ]);
  const idle = numberEvents(task(), status('ready'), completed(1), wrote);
  assert.deepEqual(findStanding(testRecord({ state: 'live' }), idle), { beginning: 'idle', hasUnread: false });
  const waiting = findStanding(testRecord({ state: 'created' }), numberEvents(wrote));
  assert.deepEqual(waiting, { beginning: 'created', hasUnread: true });
});
