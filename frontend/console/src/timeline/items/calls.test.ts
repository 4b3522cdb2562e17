// Calls are paired by their ids, a sub-agent's work stands in its call, and what a person is asked has its reply.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionEvent } from '../../lucid.ts';
import { EventWriter } from '../testing/events.ts';
import { ItemBuilder } from './build-items.ts';
import { describePlan } from './describe-plan.ts';
import { describeReply } from './describe-reply.ts';
import type { Item, ItemKind, ItemOf } from './item.ts';

const begun = () => new EventWriter().say('InitialTask', 'Do it');
const build = ({ events }: EventWriter) => new ItemBuilder().take(events);
const all = <Kind extends ItemKind>(items: readonly Item[], kind: Kind) =>
  items.filter((item): item is ItemOf<Kind> => item.kind === kind);

test('what came of calls that ran at once stands with the call of its id, in whatever order it came', () => {
  const run = (toolCallId: string) => ({ command: toolCallId, toolCallId });
  const items = build(
    begun()
      .add('CmdRunAction', 'a', run('a'))
      .add('CmdRunAction', 'b', run('b'))
      .add('CmdOutputObservation', 'of b', { toolCallId: 'b', exitCode: 0 })
      .add('ErrorObservation', 'of a', { toolCallId: 'a' }),
  );
  assert.deepEqual(
    all(items, 'command').map(({ command, state, result }) => [command, state, result?.text]),
    [
      ['a', 'failed', 'of a'],
      ['b', 'done', 'of b'],
    ],
  );
});

test('a command shows what was run, also where a person changed it', () => {
  const [command] = all(
    build(
      begun()
        .add('CmdRunAction', 'rm -r /', { command: 'rm -r /', toolCallId: 'c' })
        .add('CmdOutputObservation', '', { command: 'rm -r build', toolCallId: 'c', exitCode: 0 }),
    ),
    'command',
  );
  assert.equal(command?.command, 'rm -r build');
});

test('a command in the background is known by its number, and what is done to it later, too', () => {
  const items = build(
    begun()
      .add('CmdRunAction', 'npm start', { command: 'npm start', toolCallId: 'a' })
      .add('CmdOutputObservation', 'started', { toolCallId: 'a', background: { id: '1' } })
      .add('CmdInputAction', 'y', { toolCallId: 'b', background: { id: '1' } })
      .add('CmdOutputObservation', 'ok', { toolCallId: 'b', background: { id: '1' }, command: 'npm start' })
      .add('CmdInputAction', '', { toolCallId: 'c', background: { id: '1', isKilled: true } }),
  );
  assert.deepEqual(
    all(items, 'command').map(({ command, background, acts, state }) => [command, background, acts, state]),
    [
      ['npm start', '1', undefined, 'done'],
      ['y', '1', 'type', 'done'],
      ['', '1', 'end', 'running'],
    ],
  );
});

test('reads say their lines, and files that were looked for and pages that were fetched are looks, too', () => {
  const [looks] = all(
    build(
      begun()
        .add('FileReadAction', 'a', { path: 'a', lines: { first: 3, last: 9 }, toolCallId: 'a' })
        .add('SearchAction', '*.ts', { path: '/workspace', glob: '*.ts', toolCallId: 'b' })
        .add('FetchAction', 'example.com', { url: 'https://example.com', toolCallId: 'c' })
        .add('FetchObservation', '# Example', { url: 'https://example.com', toolCallId: 'c' }),
    ),
    'looks',
  );
  assert.deepEqual(
    looks?.looks.map(({ what, path, state, lines }) => [what, path, state, lines?.last]),
    [
      ['read', 'a', 'running', 9],
      ['find', '/workspace', 'running', undefined],
      ['fetch', 'https://example.com', 'done', undefined],
    ],
  );
});

test('a call of an MCP server names the server, and what it was called with', () => {
  const [call] = all(
    build(
      begun()
        .add('McpAction', 'docs__look {"page":1}', { mcp: { server: 'docs', tool: 'look' }, toolCallId: 'a' })
        .add('McpObservation', 'A page', { toolCallId: 'a' }),
    ),
    'call',
  );
  assert.deepEqual(
    [call?.server, call?.name, call?.input, call?.result?.text],
    ['docs', 'look', '{"page":1}', 'A page'],
  );
});

test('sub-agents that work at once each have their own steps, and none is an item of the list', () => {
  const items = build(
    begun()
      .add('DelegateAction', 'One', { toolCallId: 'a' })
      .add('DelegateAction', 'Two', { toolCallId: 'b' })
      .add('CmdRunAction', 'ls', { command: 'ls', toolCallId: 'x', parentToolCallId: 'b' })
      .add('MessageAction', 'Looking', { parentToolCallId: 'a' })
      .add('CmdOutputObservation', 'src', { toolCallId: 'x', parentToolCallId: 'b', exitCode: 0 })
      .add('DelegateObservation', 'Report of two', { toolCallId: 'b' }),
  );
  assert.deepEqual(
    all(items, 'delegate').map(({ nested, state, result }) => [nested.map(({ kind }) => kind), state, result?.text]),
    [
      [['message'], 'running', undefined],
      [['command'], 'done', 'Report of two'],
    ],
  );
  assert.equal(items.length, 3);
  const [command] = all(all(items, 'delegate')[1]?.nested ?? [], 'command');
  assert.deepEqual([command?.state, command?.result?.text], ['done', 'src']);
});

const ask = (eventType: string, kind: string, toolCallId: string, writer = begun()) =>
  writer.add(eventType, 'May I?', {
    toolCallId,
    waitingFor: { kind, toolCallId, text: 'May I?', tool: 'shell', until: '' },
  });
const asked = (writer: EventWriter) => all(build(writer), 'asked')[0];

test('a question has its answer, or that nobody gave one', () => {
  assert.equal(asked(ask('AskUserAction', 'question', 'q'))?.state, 'asked');
  const answered = asked(ask('AskUserAction', 'question', 'q').reply('UserAnswer', 'q', 'Yes'));
  assert.deepEqual([answered?.state, answered?.reply?.text], ['done', 'Yes']);
  const none = build(ask('AskUserAction', 'question', 'q').add('AskUserObservation', 'Nobody.', { toolCallId: 'q' }));
  assert.equal(all(none, 'asked')[0]?.reply?.is, 'none');
  assert.equal(none.length, 2);
});

test('a call that wants an approval waits for it, then runs, and says who allowed it', () => {
  const wanted = () =>
    ask('ApprovalWanted', 'approval', 'c', begun().add('CmdRunAction', 'ls', { command: 'ls', toolCallId: 'c' }));
  const stateOf = (writer: EventWriter) => all(build(writer), 'command')[0]?.state;
  assert.equal(stateOf(wanted()), 'asked');
  const allowed = () => wanted().reply('ApprovalDecision', 'c', '', 'allow');
  assert.equal(stateOf(allowed()), 'running');
  const reply = asked(allowed())?.reply;
  assert.equal(reply && describeReply('approval', reply), 'allowed by a person');
  const denied = wanted()
    .reply('ApprovalDecision', 'c', 'No!', 'deny')
    .add('ErrorObservation', 'No!', { toolCallId: 'c' });
  assert.equal(stateOf(denied), 'failed');
  assert.deepEqual([asked(denied)?.reply?.is, asked(denied)?.reply?.text], ['deny', 'No!']);
  const byPolicy = asked(wanted().reply('ApprovalDecision', 'c', '', 'allow', null))?.reply;
  assert.equal(byPolicy && describeReply('approval', byPolicy), 'allowed by the policy');
});

test('what is asked waits on where the session goes on elsewhere, and is over with the turn', () => {
  const writer = ask('AskUserAction', 'question', 'q');
  const elsewhere = writer
    .reply('UserAnswer', 'q', 'Yes')
    .events.map((event, at) => ({ ...event, epoch: at < 2 ? 1 : 2 }));
  assert.equal(all(new ItemBuilder().take(elsewhere as SessionEvent[]), 'asked')[0]?.state, 'done');
  assert.equal(asked(ask('AskUserAction', 'question', 'q').complete())?.state, 'cut');
});

test('a plan says how far it is, and what goes on', () => {
  const plan = [
    { text: 'Find', state: 'done' },
    { text: 'Mend', state: 'inProgress' },
    { text: 'Test', state: 'pending' },
  ] as const;
  assert.deepEqual(all(build(begun().add('PlanAction', '', { plan })), 'plan')[0]?.items, plan);
  assert.deepEqual(describePlan(plan), { share: '1 of 3 done', current: 'Mend' });
});

test('a message has the files that came with it', () => {
  const attachments = [{ path: '/workspace/.attachments/a.png', size: 3, mediaType: 'image/png' }];
  assert.deepEqual(
    all(build(new EventWriter().say('InitialTask', 'See', { attachments })), 'message')[0]?.attachments,
    attachments,
  );
});

test('however calls, sub-agents and replies mix, events one by one give the same items as all at once', () => {
  const id = fc.constantFrom('a', 'b', 'c');
  const step = fc.record({
    eventType: fc.constantFrom(
      ...['CmdRunAction', 'CmdOutputObservation', 'ErrorObservation', 'DelegateAction', 'DelegateObservation'],
      ...['AskUserAction', 'ApprovalWanted', 'UserAnswer', 'ApprovalDecision', 'FetchAction', 'Completed'],
    ),
    toolCallId: id,
    parentToolCallId: fc.option(id, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const writer = begun();
      for (const { eventType, toolCallId, parentToolCallId } of steps) {
        if (eventType === 'Completed') writer.complete();
        else if (eventType === 'UserAnswer' || eventType === 'ApprovalDecision')
          writer.reply(eventType, toolCallId, '');
        else writer.add(eventType, '', { toolCallId, ...(parentToolCallId && { parentToolCallId }) });
      }
      const builder = new ItemBuilder();
      for (let count = 1; count <= writer.events.length; count++) builder.take(writer.events.slice(0, count));
      const items = builder.take(writer.events);
      assert.deepEqual(items, new ItemBuilder().take(writer.events));
      for (let at = 1; at < items.length; at++) assert.ok((items[at]?.key ?? 0) > (items[at - 1]?.key ?? 0));
    }),
  );
});
