// How a session is told: what was seen while it happened isn't told twice, and nothing is left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent, TransientFrame } from '../../client/index.ts';
import { makeColors } from '../show/colors.ts';
import { TextStory } from './story.ts';
import { Tally } from './tally.ts';

const position = { sessionId: 's-1', epoch: 1, sequence: 1, timestamp: '2026-02-17T10:30:00.000+00:00' };

const agentEvent = (eventType: string, content: string, more: object = {}): SessionEvent => ({
  type: 'agent_event',
  event: eventType.endsWith('Observation') ? 'observation' : 'action',
  eventType,
  content,
  ...position,
  ...more,
});
const output = (text: string, skippedChars?: number): TransientFrame => ({
  type: 'agent_output',
  sessionId: 's-1',
  toolCallId: 'call-1',
  text,
  ...(skippedChars !== undefined && { skippedChars }),
});
const delta = (text: string): TransientFrame => ({ type: 'agent_delta', sessionId: 's-1', text });

function tell(act: (story: TextStory) => void): string[] {
  const lines: string[] = [];
  act(new TextStory((told) => lines.push(...told), makeColors(false)));
  return lines;
}

const command = agentEvent('CmdRunAction', '', { command: 'make' });
const printed = agentEvent('CmdOutputObservation', 'one\ntwo\n', { exitCode: 0 });

test('output that came while the command ran is told once, line by line, however it is cut', () => {
  const lines = tell((story) => {
    story.takeEvent(command);
    story.takeTransient(output('on'));
    assert.deepEqual(story.tail, ['  on']);
    story.takeTransient(output('e\r\ntw'));
    story.takeTransient(output('o'));
    story.takeEvent(printed);
  });
  assert.deepEqual(lines, ['$ make', '  one', '  two']);
});

test('output is told whole by its event where it came while nobody could hear all of it', () => {
  const lines = tell((story) => {
    story.takeEvent(command);
    story.takeTransient(output('one\n'));
    story.lose();
    story.takeEvent(printed);
  });
  assert.deepEqual(lines, ['$ make', '  one', '  one', '  two']);
  assert.deepEqual(
    tell((story) => {
      story.takeEvent(command);
      story.takeEvent(printed);
    }),
    ['$ make', '  one', '  two'],
  );
});

test('what a command printed too fast to be sent is said to be left out', () => {
  const lines = tell((story) => {
    story.takeEvent(command);
    story.takeTransient(output('end\n', 5_000));
  });
  assert.deepEqual(lines.slice(1), ['  … 5000 characters were left out', '  end']);
});

test('an answer is shown while it is written, and told by its event', () => {
  const lines = tell((story) => {
    story.takeTransient(delta('Hel'));
    story.takeTransient(delta('lo'));
    assert.deepEqual(story.tail, ['Hello']);
    story.takeEvent(agentEvent('MessageAction', 'Hello there.'));
    assert.deepEqual(story.tail, []);
  });
  assert.deepEqual(lines, ['Hello there.']);
});

test('an answer that is too long for its event is told whole where all of it was heard', () => {
  const whole = `${'a'.repeat(2_000)} and the end`;
  const event = agentEvent('MessageAction', 'a'.repeat(2_000), { truncated: true });
  const heard = tell((story) => {
    story.takeTransient(delta(whole));
    story.takeEvent(event);
  });
  assert.deepEqual(heard, [whole]);
  const missed = tell((story) => {
    story.takeTransient(delta('and the end'));
    story.takeEvent(event);
  });
  assert.deepEqual(missed, ['a'.repeat(2_000), '… the rest was left out; `lucid chats show` has it']);
});

test('a session that moves to another engine is said to below the rest, until the next of its frames', () => {
  const moving: TransientFrame = { type: 'status', status: 'moving', sessionId: 's-1', message: 'Away.' };
  const lines = tell((story) => {
    story.takeTransient(moving);
    assert.deepEqual(story.tail, ['Moving to another engine…']);
    story.takeTransient({ type: 'session_state', sessionId: 's-1', now: { waitingFor: [], unread: [] } });
    assert.deepEqual(story.tail, []);
    story.takeTransient(moving);
    story.takeEvent(agentEvent('MessageAction', 'Here.'));
    assert.deepEqual(story.tail, []);
  });
  assert.deepEqual(lines, ['Here.']);
});

test('files that come and go are named, and counted where there are many', () => {
  const tree = (...names: string[]): TransientFrame => ({
    type: 'file_tree',
    sessionId: 's-1',
    tree: names.map((name) => ({ name, type: 'file', path: `/workspace/${name}` })),
  });
  const lines = tell((story) => {
    story.takeTransient(tree('a', 'b'));
    story.takeTransient(tree('a', 'c'));
    story.takeTransient(tree('a', 'c'));
    story.takeTransient(tree(...Array.from({ length: 20 }, (_, at) => `f${at}`)));
  });
  assert.deepEqual(lines, [
    'files: + /workspace/a, + /workspace/b',
    'files: + /workspace/c, - /workspace/b',
    'files: 20 added, 2 removed',
  ]);
});

test('what a session has spent is what its turns have used, with the one that goes on', () => {
  const usage = (inputTokens: number, costUsd: number) => ({
    inputTokens,
    outputTokens: 1,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    steps: 1,
    durationMs: 1,
    costUsd,
  });
  const tally = new Tally();
  tally.take(agentEvent('MessageAction', '', { usage: usage(10, 0.5) }));
  tally.take(agentEvent('MessageAction', '', { usage: usage(30, 1.5) }));
  assert.deepEqual([tally.total.inputTokens, tally.total.costUsd], [30, 1.5]);
  tally.take({ type: 'status', status: 'completed', message: '', usage: usage(40, 2), ...position });
  tally.take(agentEvent('MessageAction', '', { usage: usage(5, 0.25) }));
  assert.deepEqual([tally.total.inputTokens, tally.total.costUsd], [45, 2.25]);
  tally.reset();
  assert.equal(tally.total.inputTokens, 0);
});
