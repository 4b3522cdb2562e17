// A timeline has one item for each thing that was said or done, and the same whether its events come at once or one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionEvent } from '../../lucid.ts';
import { readWritten } from '../text/diff-lines.ts';
import { findItem, ItemBuilder } from './build-items.ts';
import type { Item, ItemKind, ItemOf } from './item.ts';

type Written = { eventType: string; content?: string; epoch?: number } & Record<string, unknown>;

/** Events in order, a second apart. */
const eventsOf = (written: readonly Written[], first = 1): SessionEvent[] =>
  written.map(({ eventType, content = '', epoch = 1, ...more }, at) => {
    const base = {
      sessionId: 's',
      epoch,
      sequence: first + at,
      timestamp: new Date(at * 1_000).toISOString(),
      ...more,
    };
    if (eventType === 'Status') return { type: 'status', message: content, ...base } as SessionEvent;
    if (eventType === 'SessionError')
      return { type: 'error', message: content, retryable: false, ...base } as SessionEvent;
    if (['InitialTask', 'UserMessage', 'Interrupt', 'Stop'].includes(eventType))
      return { type: 'ack', id: null, eventType, content, ...base } as SessionEvent;
    const event = eventType.endsWith('Action') ? 'action' : 'observation';
    return { type: 'agent_event', event, eventType, content, ...base } as SessionEvent;
  });

const build = (...written: Written[]) => new ItemBuilder().take(eventsOf(written));
const kindsOf = (items: readonly Item[]) => items.map(({ kind }) => kind);

function only<Kind extends ItemKind>(items: readonly Item[], kind: Kind): ItemOf<Kind> {
  const found = items.filter((item): item is ItemOf<Kind> => item.kind === kind);
  assert.equal(found.length, 1);
  return found[0] as ItemOf<Kind>;
}

const run = { eventType: 'CmdRunAction', content: 'ls', command: 'ls' };
const printed = { eventType: 'CmdOutputObservation', content: 'a\n', exitCode: 2 };
const read = (path: string) => ({ eventType: 'FileReadAction', content: path, path });
const wasRead = { eventType: 'FileReadObservation', content: 'text' };
const completed = { eventType: 'Status', status: 'completed', reason: 'finished', content: 'Done.' };

test('a command is one item with what it printed, its exit code and how long it took', () => {
  const command = only(build(run, { eventType: 'UserMessage', content: 'hi' }, printed), 'command');
  assert.equal(command.state, 'done');
  assert.equal(command.exitCode, 2);
  assert.equal(command.durationMs, 2_000);
  assert.deepEqual(command.result, { text: 'a\n', sequence: 3, isCut: false });
  assert.equal(only(build(run), 'command').state, 'running');
});

test('an edit is one item with its diff, and says where it failed', () => {
  const edit = { eventType: 'FileEditAction', content: '/workspace/a', path: '/workspace/a' };
  const edited = only(build(edit, { eventType: 'FileEditObservation', diff: '+x', truncated: true }), 'change');
  assert.deepEqual([edited.path, edited.diff, edited.state], ['/workspace/a', '+x', 'done']);
  assert.equal(edited.result?.isCut, true);
  const failed = only(build(edit, { eventType: 'ErrorObservation', content: 'No such text.' }), 'change');
  assert.deepEqual([failed.state, failed.result?.text], ['failed', 'No such text.']);
});

test('a file that is written is one item with what was written to it', () => {
  const write = { eventType: 'FileWriteAction', content: 'a = 1\n', path: '/workspace/a.py' };
  const written = only(build(write, { eventType: 'FileWriteObservation', content: 'Wrote 6 characters.' }), 'change');
  assert.deepEqual([written.path, written.written?.text, written.state], ['/workspace/a.py', 'a = 1\n', 'done']);
  assert.deepEqual(readWritten('a = 1\n'), [{ kind: 'added', text: 'a = 1', newLine: 1 }]);
});

test('reads and searches in a row are one item, each with what it found, also where they ran at once', () => {
  const search = { eventType: 'SearchAction', content: 'x', path: '/workspace' };
  const found = { eventType: 'SearchObservation', content: 'a:1: x' };
  const failed = { eventType: 'ErrorObservation', content: 'gone' };
  const { looks } = only(build(read('a'), search, read('b'), wasRead, found, failed, read('c')), 'looks');
  assert.deepEqual(
    looks.map(({ what, path, state, result }) => [what, path, state, result?.text]),
    [
      ['read', 'a', 'done', 'text'],
      ['search', '/workspace', 'done', 'a:1: x'],
      ['read', 'b', 'failed', 'gone'],
      ['read', 'c', 'running', undefined],
    ],
  );
});

test('what was running when the turn ended or the session went on elsewhere is cut off', () => {
  assert.equal(only(build(run, completed), 'command').state, 'cut');
  const [first, second] = build(run, { ...run, epoch: 2 }, { ...printed, epoch: 2 }) as ItemOf<'command'>[];
  assert.deepEqual([first?.state, second?.state], ['cut', 'done']);
});

test('a message, a thought, a notice, an error and the end of a turn each are what they are', () => {
  const items = build(
    { eventType: 'InitialTask', content: 'Do it' },
    { eventType: 'Status', status: 'ready', content: 'Ready.' },
    { eventType: 'ThinkAction', content: 'hm' },
    { eventType: 'HiddenThought' },
    { eventType: 'MessageAction', content: 'I will' },
    { eventType: 'AgentNotice', content: 'cut' },
    { eventType: 'UserFileChange', content: 'The user has written a', path: 'a' },
    { eventType: 'AgentErrorEvent', content: 'broken' },
    { eventType: 'AgentFinishAction', content: 'Done' },
    { ...completed, unanswered: ['m-1'] },
    { eventType: 'CondensationAction', content: 'summary' },
    { eventType: 'NewLaterAction', content: 'new' },
    { eventType: 'SessionError', content: 'over', code: 'internal' },
  );
  assert.deepEqual(kindsOf(items), [
    ...['message', 'line', 'thought', 'message', 'notice', 'personFile', 'failure', 'message', 'turnEnd'],
    ...['summary', 'notice', 'failure'],
  ]);
  assert.equal(only(items, 'turnEnd').unanswered, 1);
});

const interrupted = { eventType: 'Status', status: 'completed', reason: 'interrupted', content: 'Interrupted.' };
const stopped = { eventType: 'Status', status: 'stopped', content: 'The session was stopped.' };

test('an interrupt and a stop are told once, with the end that they led to', () => {
  const cut = build(run, { eventType: 'Interrupt' }, interrupted, { eventType: 'UserMessage' });
  assert.deepEqual(kindsOf(cut), ['command', 'turnEnd', 'message']);
  assert.deepEqual([only(cut, 'turnEnd').key, only(cut, 'turnEnd').through], [2, 3]);
  const stopping = { eventType: 'Status', status: 'stopping', content: 'The session is being stopped.' };
  const over = build(run, { eventType: 'Stop' }, stopping, interrupted, stopped);
  assert.deepEqual(kindsOf(over), ['command', 'turnEnd']);
  assert.deepEqual([only(over, 'turnEnd').isStop, only(over, 'turnEnd').through], [true, 5]);
  assert.deepEqual(kindsOf(build({ eventType: 'Stop' }, stopped)), ['line']);
  assert.deepEqual(kindsOf(build(run, interrupted, stopped)), ['command', 'turnEnd', 'line']);
});

test('a file that a person has added says how large it is', () => {
  const added = (content: string) => only(build({ eventType: 'UserFileChange', content, path: 'a' }), 'personFile');
  assert.equal(added('The user has written a (109295 bytes).').bytes, 109_295);
  assert.equal(added('The user has written a.').bytes, undefined);
});

test('missing events are marked where they are missing, and those before the first that is kept', () => {
  const events = eventsOf([run, printed, run, printed], 5).filter(({ sequence }) => sequence !== 7);
  const items = new ItemBuilder().take(events);
  assert.deepEqual(
    items.map((item) => (item.kind === 'gap' ? [item.from, item.to, item.isEarlier] : item.kind)),
    [[1, 4, true], 'command', [7, 7, false], 'notice'],
  );
});

test('of events that are no longer kept the items go, and the others stay the same', () => {
  const events = eventsOf(Array.from({ length: 3_000 }, () => ({ eventType: 'ThinkAction' })));
  const builder = new ItemBuilder();
  const before = builder.take(events.slice(0, 2_000));
  const after = builder.take(events.slice(1_000));
  assert.deepEqual([after[0]?.kind, after[0]?.through, after[1]?.key], ['gap', 1_000, 1_001]);
  assert.equal(after[1], before[1_000]);
  assert.equal(after.length, 2_001);
});

test('an event is found in the item that shows it', () => {
  const items = build(run, printed, read('a'), wasRead, read('b'), wasRead, completed);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 7].map((sequence) => items[findItem(items, sequence)]?.kind),
    ['command', 'command', 'looks', 'looks', 'looks', 'looks', 'turnEnd'],
  );
});

const anyWritten: fc.Arbitrary<Written[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Written>(run, printed, read('a'), wasRead, completed),
    fc.constantFrom<Written>({ eventType: 'ErrorObservation' }, { eventType: 'ThinkAction' }),
    fc.constantFrom<Written>({ eventType: 'UserMessage' }, { eventType: 'MessageAction' }),
    fc.constantFrom<Written>({ eventType: 'Interrupt' }, { eventType: 'Stop' }, interrupted, stopped),
  ),
  { maxLength: 60 },
);

test('events that come one by one, some at a time or again from an earlier place give the same items', () => {
  fc.assert(
    fc.property(anyWritten, fc.array(fc.nat(60)), (written, cuts) => {
      const events = eventsOf(written);
      const builder = new ItemBuilder();
      for (const cut of cuts) builder.take(events.slice(0, cut));
      assert.deepEqual(builder.take(events), new ItemBuilder().take(events));
    }),
  );
});

test('items are in order, and what has not changed is the same item as before', () => {
  fc.assert(
    fc.property(anyWritten, fc.nat(60), (written, cut) => {
      const events = eventsOf(written);
      const builder = new ItemBuilder();
      const before = builder.take(events.slice(0, cut));
      const after = builder.take(events);
      for (let at = 1; at < after.length; at++) assert.ok((after[at]?.key ?? 0) > (after[at - 1]?.key ?? 0));
      before.forEach((item, at) => {
        assert.equal(after[at]?.key, item.key);
        if (item.kind === 'message' || item.kind === 'thought') assert.equal(after[at], item);
      });
      assert.equal(builder.take(events), after);
    }),
  );
});
