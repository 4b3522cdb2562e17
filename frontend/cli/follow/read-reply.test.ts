// What is typed at a question, a call or a plan decides what it says, and nothing where that isn't clear.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readReply } from './read-reply.ts';

const call = { kind: 'approval', toolCallId: 'c-1' } as const;
const plan = { kind: 'plan', toolCallId: 'p-1' } as const;
const question = { kind: 'question' as const, toolCallId: 'q-1', options: ['one', 'two'] };
const decisionOf = (line: string, asked: typeof call | typeof plan = call) => {
  const reply = readReply(asked, line);
  return reply.kind === 'decision' ? [reply.decision.decision, reply.decision.message] : reply.kind;
};

test('y, a and n decide about a call; words go with a denial alone', () => {
  assert.deepEqual(decisionOf(' Y '), ['allow', undefined]);
  assert.deepEqual(decisionOf('a'), ['allowForSession', undefined]);
  assert.deepEqual(decisionOf('n'), ['deny', undefined]);
  assert.deepEqual(decisionOf('no, use\nthe other'), ['deny', 'use\nthe other']);
});

test('a plan is allowed or not, with words either way, and never for the session', () => {
  assert.deepEqual(decisionOf('yes but test it', plan), ['allow', 'but test it']);
  assert.deepEqual(decisionOf('n too long', plan), ['deny', 'too long']);
  assert.equal(decisionOf('a', plan), 'unclear');
});

test('no other line allows a call', async () => {
  const plain = /^(y|yes|a)$/i;
  await fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('yes please', 'a lot', 'y?', 'y,', 'A:', 'ay', 'always', '1')),
      (line) => {
        fc.pre(!plain.test(line.trim()));
        const reply = readReply(call, line);
        assert.ok(reply.kind !== 'decision' || reply.decision.decision === 'deny');
      },
    ),
  );
});

test('the number of an option is that option, and everything else an answer in words', () => {
  assert.deepEqual(readReply(question, '2'), { kind: 'answer', content: 'two' });
  assert.deepEqual(readReply(question, '0'), { kind: 'answer', content: '0' });
  assert.deepEqual(readReply(question, '3'), { kind: 'answer', content: '3' });
  assert.deepEqual(readReply(question, ' both '), { kind: 'answer', content: 'both' });
});
