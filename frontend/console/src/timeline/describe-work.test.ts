// One line says what an agent does right now: what runs, else what is being written, else for what one waits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeWork, findTurnStart } from './describe-work.ts';
import { ItemBuilder } from './items/build-items.ts';
import { type Live, nothingLive } from './live/live.ts';
import { EventWriter } from './testing/events.ts';

function describe(writer: EventWriter, live: Partial<Live> = {}): string {
  const { words, subject } = describeWork(new ItemBuilder().take(writer.events), { ...nothingLive, ...live }, 99);
  return subject === undefined ? words : `${words} ${subject}`;
}

const begun = () => new EventWriter().say('InitialTask', 'Mend it');
const draft = { text: 'So', endsAt: null };

test('what runs is said with what it is about, for as long as it runs', () => {
  assert.equal(describe(begun().add('CmdRunAction', '', { command: 'npm test\n# all' })), 'Running npm test');
  assert.equal(describe(begun().add('FileEditAction', '', { path: '/workspace/a' })), 'Editing /workspace/a');
  assert.equal(describe(begun().add('FileReadAction', '', { path: '/workspace/a' })), 'Reading /workspace/a');
  assert.equal(describe(begun().add('SearchAction', 'discount', { path: '/workspace' })), 'Searching discount');
  assert.equal(describe(begun().run('npm test', 'ok')), 'Waiting for the model');
});

test('an answer and a thought are said while they are written, and why nothing is', () => {
  assert.equal(describe(begun(), { answer: draft, thought: draft }), 'Writing');
  assert.equal(describe(begun(), { thought: draft }), 'Thinking');
  assert.equal(describe(begun(), { queuePosition: 2 }), 'Waiting for a sandbox: place 2 in the queue');
  assert.match(describe(begun(), { retry: { code: 'overloaded', waitMs: 2_000, attempt: 1 } }), /again in 2\.0 s/);
  assert.equal(describe(begun(), { answer: draft, isMoving: true }), 'Moving to another engine…');
  assert.equal(describe(new EventWriter()), 'Starting');
});

test('a turn began with the message that was said after the last one ended', () => {
  const start = (writer: EventWriter) => findTurnStart(new ItemBuilder().take(writer.events));
  const once = begun().run('npm test', 'ok');
  assert.equal(start(once), once.events[0]?.timestamp);
  const twice = once.complete().say('UserMessage', 'More');
  assert.equal(start(twice), twice.events.at(-1)?.timestamp);
});

test('what a sub-agent does is said, and whom one waits for', () => {
  const delegated = begun().add('DelegateAction', 'Look', { toolCallId: 'd' });
  assert.equal(describe(delegated), 'A sub-agent: at work Look');
  const nested = delegated.add('CmdRunAction', '', { command: 'ls', toolCallId: 'x', parentToolCallId: 'd' });
  assert.equal(describe(nested), 'A sub-agent: running ls');
  assert.equal(describe(begun().add('AskUserAction', 'Which?', { toolCallId: 'q' })), 'Waiting for you');
  assert.match(describe(begun(), { rateWaitMs: 12_000 }), /limits of the model’s provider, 12\.0 s at least/);
});
