// What is being written and printed is shown until the event that has it whole is, and never twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SessionEvent, TransientFrame } from '../../lucid.ts';
import { describeWriting } from './describe-writing.ts';
import { hearEvent, hearTransient, type Live, nothingLive, shownCall, shownDraft } from './live.ts';

const sessionId = 's';
const delta = (text: string, isThought = false): TransientFrame => ({
  type: 'agent_delta',
  sessionId,
  text,
  ...(isThought && { isThought: true as const }),
});
const output = (toolCallId: string, text: string, skippedChars = 0): TransientFrame => ({
  ...{ type: 'agent_output', sessionId, toolCallId, text, skippedChars },
});
const event = (eventType: string, sequence: number) =>
  ({
    type: 'agent_event',
    event: eventType.endsWith('Action') ? 'action' : 'observation',
    ...{ eventType, sequence, content: '' },
  }) as SessionEvent;

const hear = (live: Live, ...all: (TransientFrame | SessionEvent)[]): Live =>
  all.reduce(
    (now, each) =>
      'sequence' in each ? hearEvent(now, each as SessionEvent) : hearTransient(now, each as TransientFrame),
    live,
  );

test('a thought and an answer grow beside each other until their events are shown', () => {
  const live = hear(nothingLive, delta('Hm', true), delta('I '), delta('will'));
  assert.deepEqual([shownDraft(live.thought, 4), shownDraft(live.answer, 4)], ['Hm', 'I will']);
  const thought = hear(live, event('ThinkAction', 5));
  assert.deepEqual([shownDraft(thought.thought, 4), shownDraft(thought.thought, 5)], ['Hm', '']);
  assert.equal(shownDraft(thought.answer, 5), 'I will');
  const answered = hear(thought, event('MessageAction', 6));
  assert.equal(shownDraft(answered.answer, 6), '');
  assert.equal(shownDraft(hear(answered, delta('Next')).answer, 6), 'Next');
});

test('a fragment that comes once its answer’s call runs is not shown again below it', () => {
  const running = hear(nothingLive, event('MessageAction', 5), event('CmdRunAction', 6), delta('Late'));
  assert.equal(shownDraft(running.answer, 6), '');
  const next = hear(running, event('CmdOutputObservation', 7), delta('Next'));
  assert.equal(shownDraft(next.answer, 7), 'Next');
});

test('an answer that is asked for again begins anew', () => {
  const retry: TransientFrame = { type: 'model_retry', sessionId, code: 'overloaded', waitMs: 1_000, attempt: 2 };
  const live = hear(nothingLive, delta('Half'), retry);
  assert.deepEqual([live.answer, live.retry?.attempt], [null, 2]);
  const next = hear(live, delta('Whole'));
  assert.deepEqual([shownDraft(next.answer, 0), next.retry], ['Whole', null]);
});

test('output belongs to the command that runs', () => {
  const live = hear(nothingLive, event('CmdRunAction', 3), output('a', 'one\n'), output('a', 'two\n'));
  assert.deepEqual([live.output?.commandSequence, live.output?.text], [3, 'one\ntwo\n']);
  const next = hear(live, event('CmdOutputObservation', 4), event('CmdRunAction', 5), output('b', 'three'));
  assert.deepEqual([next.output?.commandSequence, next.output?.text], [5, 'three']);
});

test('however much a command prints, the newest of it is kept and the rest is counted', () => {
  const frames = fc.array(fc.record({ text: fc.string({ maxLength: 9_000, minLength: 1 }), skipped: fc.nat(3) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(frames, (all) => {
      const live = hear(nothingLive, ...all.map(({ text, skipped }) => output('a', text, skipped)));
      const chars = all.reduce((sum, { text, skipped }) => sum + text.length + skipped, 0);
      assert.ok((live.output?.text.length ?? 0) <= 16_000);
      assert.equal((live.output?.text.length ?? 0) + (live.output?.skippedChars ?? 0), chars);
      const last = all.at(-1)?.text ?? '';
      assert.ok(live.output?.text.endsWith(last.slice(-16_000)));
    }),
  );
});

const callDelta = (toolCallId: string, text: string, skippedChars = 0): TransientFrame => ({
  ...{ type: 'call_delta', sessionId, toolCallId, tool: 'write', text, skippedChars },
});

test('a call is shown while it is written, by what it is about, until its event is there', () => {
  const live = hear(nothingLive, callDelta('a', '{"path":"src/'), callDelta('a', 'a.ts","content":"x'));
  const call = shownCall(live.call, 4);
  assert.deepEqual(call && describeWriting(call), { tool: 'write', subject: 'src/a.ts', chars: 31 });
  assert.equal(shownCall(hear(live, event('FileWriteAction', 5)).call, 5), null);
  assert.equal(shownCall(hear(live, callDelta('b', '{')).call, 4)?.toolCallId, 'b');
});

test('what a sub-agent does ends nothing that is written', () => {
  const nested = { ...event('CmdRunAction', 5), parentToolCallId: 'p' } as SessionEvent;
  assert.equal(shownCall(hear(nothingLive, callDelta('a', '{'), nested).call, 5)?.chars, 1);
});

test('wherever the input of a call ends for now, what is written of it is shown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(400)), (command, cuts) => {
      const whole = JSON.stringify({ command });
      for (const cut of cuts) {
        const { subject } = describeWriting({ tool: 'shell', begun: whole.slice(0, cut), chars: cut });
        if (cut >= whole.length) assert.equal(subject, command.slice(0, 300).replace(/\s+/g, ' '));
      }
    }),
  );
});

test('a session that moves to another engine says so until the next of its frames', () => {
  const moving: TransientFrame = { type: 'status', status: 'moving', sessionId, message: 'Away.' };
  const live = hear(nothingLive, delta('So'), moving);
  assert.deepEqual([live.isMoving, live.answer?.text], [true, 'So']);
  assert.equal(hear(live, delta(' on')).isMoving, false);
  assert.equal(hear(live, event('MessageAction', 5)).isMoving, false);
  assert.equal(hear(live, { type: 'session_state', sessionId, now: { waitingFor: [], unread: [] } }).isMoving, false);
});

test('a request that waits for the limits of its provider says so until something is heard', () => {
  const live = hear(nothingLive, { type: 'model_wait', sessionId, waiting: 'rateLimit', waitMs: 12_000 });
  assert.equal(live.rateWaitMs, 12_000);
  assert.equal(hear(live, delta('So')).rateWaitMs, null);
});
