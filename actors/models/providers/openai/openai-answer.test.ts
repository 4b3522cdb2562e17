// Chunks put together, of OpenAI and of servers that leave out, add or change something.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Draft } from '../../draft.ts';
import type { Answer } from '../../model.ts';
import type { AskResult } from '../../retry.ts';
import { OpenAiAnswerReader } from './openai-answer.ts';

const bounds = { answerCharsMax: 10_000, answerCallsMax: 20 };

type Report = { deltas: string[]; draft?: Draft };

function readChunks(chunks: unknown[], { isComplete = false, report = { deltas: [] } as Report } = {}): AskResult {
  const draft = new Draft(bounds, {
    onDelta: ({ kind, text }) => void report.deltas.push(`${kind}: ${text}`),
    onSign: () => undefined,
    onComplete: () => undefined,
  });
  report.draft = draft;
  const reader = new OpenAiAnswerReader(draft, { model: 'gpt-x', requestChars: 700 });
  for (const chunk of chunks) {
    const failure = reader.readChunk(chunk);
    if (failure) return failure;
  }
  return reader.finishAnswer(isComplete);
}

function expectAnswer(chunks: unknown[], options?: Parameters<typeof readChunks>[1]): Answer {
  const result = readChunks(chunks, options);
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

const delta = (said: object, finish_reason: string | null = null) => ({ choices: [{ delta: said, finish_reason }] });
const stop = (reason = 'stop') => delta({}, reason);
const piece = (more: object, name?: string, args?: unknown) =>
  delta({ tool_calls: [{ ...more, function: { ...(name && { name }), arguments: args } }] });

const callsOf = (chunks: unknown[]) =>
  expectAnswer([...chunks, stop('tool_calls')]).toolCalls.map(({ name, input }) => [name, input]);

const two = [
  ['shell', { command: 'ls' }],
  ['read', { path: 'a' }],
];

test('calls come in pieces, by their indexes, with gaps between them and in any order', () => {
  assert.deepEqual(
    callsOf([
      piece({ index: 0, id: 'a' }, 'shell', ''),
      piece({ index: 3, id: 'b' }, 'read', '{"pa'),
      piece({ index: 0 }, undefined, '{"command":'),
      piece({ index: 3 }, undefined, 'th":"a"}'),
      piece({ index: 0 }, undefined, '"ls"}'),
    ]),
    two,
  );
});

test('calls without indexes are told apart by their ids, and without ids by their names', () => {
  const halves = (begin: object[]) => [
    piece(begin[0] ?? {}, 'shell', '{"command":'),
    piece({}, undefined, '"ls"}'),
    piece(begin[1] ?? {}, 'read', '{"path":'),
    piece({}, undefined, '"a"}'),
  ];
  assert.deepEqual(callsOf(halves([{ id: 'a' }, { id: 'b' }])), two);
  assert.deepEqual(callsOf(halves([])), two);
  const same = piece({}, 'shell', '{"command":"ls"}');
  assert.deepEqual(callsOf([same, same]), [two[0], two[0]]);
});

test('calls that all have the index 0 are told apart by their ids', () => {
  assert.deepEqual(
    callsOf([
      piece({ index: 0, id: 'a' }, 'shell', '{"command":"ls"}'),
      piece({ index: 0, id: 'b' }, 'read', '{"path":"a"}'),
    ]),
    two,
  );
});

test('an input may be an object, JSON in JSON, or nothing', () => {
  assert.deepEqual(
    callsOf([
      piece({ index: 0 }, 'shell', { command: 'ls' }),
      piece({ index: 1 }, 'read', JSON.stringify('{"path":"a"}')),
      piece({ index: 2 }, 'list', ''),
      piece({ index: 3 }, 'list', 'null'),
    ]),
    [...two, ['list', {}], ['list', {}]],
  );
  for (const args of ['{"command": "ls', '[1]', '7']) {
    const result = readChunks([piece({ index: 0 }, 'shell', args), stop('tool_calls')]);
    assert.ok(result.kind === 'failed' && result.code === 'malformed', args);
  }
});

test('a call that repeats its name in each piece is one call', () => {
  assert.deepEqual(
    callsOf([piece({ index: 0, id: 'a' }, 'shell', '{"command":'), piece({ index: 0, id: 'a' }, 'shell', '"ls"}')]),
    [two[0]],
  );
});

test('ids are the server’s, one to a call, and made where it gives none', () => {
  const call = (id?: string) => piece({ index: Math.random(), ...(id && { id }) }, 'shell', '{}');
  const { toolCalls } = expectAnswer([call('a'), call(), call('a'), stop()]);
  assert.equal(toolCalls[0]?.id, 'a');
  assert.match(toolCalls[1]?.id ?? '', /^call_[0-9a-f]{32}$/);
  assert.equal(toolCalls[2]?.id, 'a-2');
});

test('calls come to the same however their input is cut', () => {
  void fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      (inputs, chars) => {
        const chunks = inputs.flatMap((input, index) => {
          const json = JSON.stringify(input);
          const pieces = json.match(new RegExp(`.{1,${chars}}`, 'gs')) ?? [];
          return [
            piece({ index: 2 * index, id: `c${index}` }, 'shell', ''),
            ...pieces.map((part) => piece({ index: 2 * index }, undefined, part)),
          ];
        });
        assert.deepEqual(
          callsOf(chunks).map(([, input]) => JSON.stringify(input)),
          inputs.map((input) => JSON.stringify(JSON.parse(JSON.stringify(input)))),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('thoughts are shown under each of their names, once, and remember the name', () => {
  const report: Report = { deltas: [] };
  const { thoughts } = expectAnswer(
    [
      delta({ reasoning_content: 'I ' }),
      delta({ reasoning_content: 'think.', reasoning: 'think.' }),
      delta({ content: 'So' }),
      delta({ reasoning: 'Hm.' }),
      stop(),
    ],
    { report },
  );
  assert.deepEqual(thoughts, [
    { text: 'I think.', signature: 'openai-field:reasoning_content' },
    { text: 'Hm.', signature: 'openai-field:reasoning', behind: { chars: 2, calls: 0 } },
  ]);
  assert.deepEqual(report.deltas, ['thought: I ', 'thought: think.', 'text: So', 'thought: Hm.']);
});

test('a server’s details of its thoughts are put together and kept', () => {
  const { thoughts } = expectAnswer([
    delta({ reasoning: 'a', reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'a', signature: null }] }),
    delta({ reasoning: 'b', reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'b', signature: 's' }] }),
    delta({ reasoning_details: [{ type: 'reasoning.encrypted', index: 1, data: 'x' }] }),
    stop(),
  ]);
  const details = [
    { type: 'reasoning.text', index: 0, text: 'ab', signature: 's' },
    { type: 'reasoning.encrypted', index: 1, data: 'x' },
  ];
  assert.equal(thoughts[1]?.signature, `openai-details:${JSON.stringify(details)}`);
});

test('an answer without a reason to finish is whole where the server counted it or said that it is done', () => {
  const said = delta({ content: 'All.' });
  assert.equal(expectAnswer([said, { usage: { prompt_tokens: 1 } }]).text, 'All.');
  assert.equal(expectAnswer([said], { isComplete: true }).text, 'All.');
  const broken = readChunks([said]);
  assert.ok(broken.kind === 'failed' && broken.code === 'network');
});

test('tokens are counted as each server says it, and estimated where none does', () => {
  const usageOf = (usage?: object) =>
    expectAnswer([delta({ content: 'x'.repeat(70) }), { choices: [], usage }, stop()]).usage;
  assert.deepEqual(
    usageOf({
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 15 },
    }),
    { inputTokens: 100, outputTokens: 20, cachedTokens: 60, cacheWriteTokens: 30 },
  );
  assert.equal(usageOf({ prompt_tokens: 100, completion_tokens: 5, total_tokens: 125 }).outputTokens, 25);
  assert.equal(usageOf({ prompt_tokens: 100, prompt_cache_hit_tokens: 80 }).cachedTokens, 80);
  assert.deepEqual(usageOf(), { inputTokens: 200, outputTokens: 20, cachedTokens: 0, cacheWriteTokens: 0 });
});

test('what an answer that breaks off cost is estimated, with what was asked', () => {
  const report: Report = { deltas: [] };
  readChunks([delta({ content: 'x'.repeat(35) })], { report });
  const spent = { inputTokens: 200, outputTokens: 10, cachedTokens: 0, cacheWriteTokens: 0 };
  assert.deepEqual(report.draft?.spentTokens, spent);
});

test('each reason to finish has its meaning', () => {
  for (const reason of ['stop', 'tool_calls', 'eos', 'end_turn', 'STOP'])
    assert.equal(expectAnswer([delta({ content: 'x' }), stop(reason)]).stop, 'done', reason);
  for (const reason of ['length', 'max_tokens']) assert.equal(expectAnswer([stop(reason)]).stop, 'cut');
  const call = piece({ index: 0 }, 'shell', '{}');
  assert.equal(expectAnswer([call, stop('stop')]).stop, 'toolCalls');
  assert.deepEqual(expectAnswer([call, stop('content_filter')]).toolCalls, []);
  assert.equal(expectAnswer([delta({ refusal: 'I won’t.' }), stop()]).stop, 'refused');
});

test('an error in the stream has its meaning, as an object, with a word or a number', () => {
  const codeOf = (error: unknown) => {
    const result = readChunks([delta({ content: 'x' }), { error }]);
    return result.kind === 'failed' && result.code;
  };
  assert.equal(codeOf({ message: 'Provider returned error', code: 502 }), 'overloaded');
  assert.equal(codeOf({ message: 'Slow down', code: 429 }), 'rateLimited');
  assert.equal(codeOf({ message: 'x', type: 'server_error' }), 'overloaded');
  assert.equal(codeOf({ message: 'x', code: 'context_length_exceeded' }), 'contextTooLong');
  assert.equal(codeOf('It broke.'), 'overloaded');
});

test('what is not needed may be missing or null, and a whole answer may come at once', () => {
  const { text, toolCalls } = expectAnswer([
    { choices: null, usage: { prompt_tokens: null } },
    { choices: [] },
    { choices: [{ delta: { role: 'assistant', content: null, tool_calls: null }, finish_reason: null }], usage: null },
    {
      choices: [
        {
          message: {
            content: [{ type: 'text', text: 'Done.' }],
            tool_calls: [{ id: 'a', function: { name: 'finish', arguments: null } }],
          },
          finish_reason: 'stop',
        },
      ],
    },
  ]);
  assert.equal(text, 'Done.');
  assert.deepEqual(toolCalls, [{ id: 'a', name: 'finish', input: {} }]);
});

test('thoughts that come between tags at the beginning of the text are thoughts', () => {
  const report: Report = { deltas: [] };
  const chunks = ['<th', 'ink>I think.', '</think>', '\nSo it is.'].map((content) => delta({ content }));
  const { thoughts, text } = expectAnswer([...chunks, stop()], { report });
  assert.deepEqual(thoughts, [{ text: 'I think.' }]);
  assert.equal(text, '\nSo it is.');
  assert.deepEqual(report.deltas, ['thought: I think.', 'text: \nSo it is.']);
});
