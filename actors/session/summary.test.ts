// The request for a summary: it fits, it offers no tools, and it holds what the user said word for word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ModelRequest } from '../models/model.ts';
import { answer, anyContext, summary, user } from '../testing/conversation.ts';
import { tokensOf, tokensOfText } from './compaction.ts';
import { createSummaryRequest } from './summary.ts';

const textOf = ({ context: [entry] }: ModelRequest): string => (entry?.kind === 'user' ? entry.text : '');

test('the model is asked for task, instructions, work, files, decisions and what is left', () => {
  const { system } = createSummaryRequest([user()], 10_000);
  for (const heading of ['Task', 'Done', 'Files', 'Findings and decisions', 'State', 'Left'])
    assert.match(system, new RegExp(`^# ${heading}$`, 'm'));
  assert.match(system, /beside it, it sees the user's messages .* word for word/);
  assert.match(system, /no passwords/);
});

test('the request for a summary is one message with the whole conversation, and no tools', () => {
  const call = { name: 'shell', input: { command: 'ls' }, result: 'a.ts' };
  const context = [
    summary('Begun.'),
    user('Now "test" it'),
    answer(call, { name: 'read', result: 'No.', isError: true }),
  ];
  const request = createSummaryRequest(context, 10_000);
  assert.deepEqual([request.tools, request.context.length], [[], 1]);
  assert.equal(
    textOf(request).split('\n\n<')[0]?.split('\n</conversation>')[0],
    [
      '<conversation>',
      '## Summary of what was before\nBegun.\n',
      '## The user\nNow "test" it\n',
      '## The agent\nCall of shell: {"command":"ls"}\nResult: a.ts\nCall of read: {}\nError: No.',
    ].join('\n'),
  );
  assert.match(textOf(request), /<\/conversation>\n\nWrite the summary/);
});

test('the request for a summary fits into the budget, whatever the conversation is', () => {
  void fc.assert(
    fc.property(anyContext, fc.integer({ min: 1_000, max: 20_000 }), (context, tokensMax) => {
      const request = createSummaryRequest(context, tokensMax);
      assert.ok(tokensOf(request.context) + tokensOfText(request.system) <= tokensMax);
      assert.ok(textOf(request).endsWith('Answer with the summary only.'));
    }),
  );
});

test('the request for a summary has what the user said, word for word, as long as that fits', () => {
  const said = ['Use tabs, please', 'Never touch main'].map(user);
  const work = Array.from({ length: 100 }, () => answer({ name: 'shell', result: 'x'.repeat(5_000) }));
  const text = textOf(createSummaryRequest([...said.slice(0, 1), ...work, ...said.slice(1), ...work], 60_000));
  for (const words of ['## The user\nUse tabs, please\n', '## The user\nNever touch main\n'])
    assert.ok(text.includes(words));
});

test('in a request for a summary the newest answers are cut like the rest where they alone are too much', () => {
  const huge = answer({ name: 'read', result: `begin ${'漢'.repeat(100_000)} end` });
  const text = textOf(createSummaryRequest([user('Do it'), huge], 5_000));
  assert.match(
    text,
    /## The user\nDo it\n.*begin 漢+\n\[… \d+ characters left out to save room …\]\n漢+ end\n<\/conv/s,
  );
});
