// Anthropic's events put together: an answer is given back block by block as it came.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Draft } from '../../draft.ts';
import type { Answer, ContextEntry } from '../../model.ts';
import type { AskResult } from '../../retry.ts';
import { AnthropicAnswerReader } from './anthropic-answer.ts';
import { writeAnthropicRequest } from './anthropic-request.ts';

const bounds = { answerCharsMax: 10_000, answerCallsMax: 20 };
const ports = { onDelta: () => undefined, onSign: () => undefined, onComplete: () => undefined };

const start = { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 0 } } };
const end = (stop_reason: string) => [{ type: 'message_delta', delta: { stop_reason } }, { type: 'message_stop' }];

function readEvents(events: unknown[], signs: { count: number } = { count: 0 }): AskResult | undefined {
  const onSign = () => {
    signs.count++;
  };
  const reader = new AnthropicAnswerReader(new Draft(bounds, { ...ports, onSign }));
  let result: AskResult | undefined;
  for (const event of events) result ??= reader.readEvent(event);
  return result;
}

function expectAnswer(events: unknown[]): Answer {
  const result = readEvents(events);
  assert.ok(result?.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

type Block = { type: string } & Record<string, unknown>;

/** The events of a block, in pieces. */
function eventsOf(block: Block, index: number): unknown[] {
  const [empty, ...deltas] = piecesOf(block);
  return [
    { type: 'content_block_start', index, content_block: empty },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function piecesOf(block: Block): unknown[] {
  const halves = (text: string) => [text.slice(0, 3), text.slice(3)];
  if (block.type === 'text')
    return [{ type: 'text', text: '' }, ...halves(String(block.text)).map((text) => ({ type: 'text_delta', text }))];
  if (block.type === 'thinking')
    return [
      { type: 'thinking', thinking: '', signature: '' },
      ...halves(String(block.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block.signature },
    ];
  if (block.type === 'redacted_thinking') return [block];
  const pieces = halves(JSON.stringify(block.input));
  return [{ ...block, input: {} }, ...pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }))];
}

test('the input of a call is shown as it is written, from its beginning on', () => {
  const call = { id: 'toolu_1', name: 'write' };
  const deltas: unknown[] = [];
  const draft = new Draft(bounds, { ...ports, onDelta: (delta) => void deltas.push(delta) });
  const reader = new AnthropicAnswerReader(draft);
  for (const event of [start, ...eventsOf({ type: 'tool_use', ...call, input: { a: 1 } }, 0)]) reader.readEvent(event);
  assert.deepEqual(
    deltas,
    ['', '{"a', '":1}'].map((text) => ({ kind: 'call', text, call })),
  );
  assert.deepEqual(draft.partial, { thoughts: [], text: '', cutCalls: ['write'] }, 'cut off now, it is not run');
});

const word = fc.stringMatching(/^[a-z]{1,9}$/);
const thinking: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ type: fc.constant('thinking'), thinking: fc.oneof(word, fc.constant('')), signature: word }),
  fc.record({ type: fc.constant('redacted_thinking'), data: word }),
);
const use: fc.Arbitrary<Block> = fc.record({
  type: fc.constant('tool_use'),
  id: fc.uuid(),
  name: word,
  input: fc.dictionary(word, word),
});
const said: fc.Arbitrary<Block[]> = fc
  .tuple(fc.array(thinking, { minLength: 1 }), word)
  .map(([thoughts, text]) => [...thoughts, { type: 'text', text }]);
/** Thoughts stand anywhere; texts come before the calls, as models write them. */
const blocks = fc
  .tuple(fc.array(said, { maxLength: 3 }), fc.array(fc.oneof(thinking, use), { maxLength: 5 }), use)
  .map(([texts, calls, last]) => [...texts.flat(), ...calls, last]);

test('an answer is given back block by block as it came, wherever its thoughts stood', async () => {
  await fc.assert(
    fc.property(blocks, (given) => {
      const answer = expectAnswer([start, ...given.flatMap(eventsOf), ...end('tool_use')]);
      const calls = answer.toolCalls.map((call) => ({ call, observation: { text: 'ok', isError: false } }));
      const entry: ContextEntry = { kind: 'answer', thoughts: answer.thoughts, text: answer.text, calls };
      const kept = JSON.parse(JSON.stringify(entry)) as ContextEntry;
      const wire = writeAnthropicRequest(
        { system: '', context: [{ kind: 'user', text: 'Go' }, kept], tools: [] },
        { model: 'm', thinking: 'none' as const, givesThoughts: true, answerTokensMax: 32_000 },
      );
      assert.deepEqual(wire.messages[1]?.content, JSON.parse(JSON.stringify(given)));
    }),
  );
});

test('counts are cumulative: the last ones are right, and those that are missing stay', () => {
  const usage = { input_tokens: 3, output_tokens: 1, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 };
  const late = { input_tokens: null, output_tokens: 50, cache_read_input_tokens: 110 };
  const events = [
    { type: 'message_start', message: { usage } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: late },
    { type: 'message_stop' },
  ];
  assert.deepEqual(expectAnswer(events).usage, {
    inputTokens: 133,
    outputTokens: 50,
    cachedTokens: 110,
    cacheWriteTokens: 20,
  });
});

test('a call that had no input yet when the answer was cut is left out; one that takes none is kept', () => {
  const call = { type: 'content_block_start', content_block: { type: 'tool_use', id: 'a', name: 'list', input: {} } };
  assert.deepEqual(expectAnswer([start, call, ...end('max_tokens')]).toolCalls, []);
  assert.deepEqual(expectAnswer([start, call, ...end('tool_use')]).toolCalls, [{ id: 'a', name: 'list', input: {} }]);
});

test('a broken call is noticed though another follows', () => {
  const broken = eventsOf({ type: 'tool_use', id: 'a', name: 'x', input: 'no object' }, 0);
  const result = readEvents([start, ...broken, ...eventsOf({ type: 'text', text: 'On' }, 1), ...end('end_turn')]);
  assert.ok(result?.kind === 'failed' && result.code === 'malformed');
});

test('an answer that ran into a limit is cut, and the model may go on', () => {
  for (const reason of ['pause_turn', 'model_context_window_exceeded'])
    assert.equal(expectAnswer([start, ...end(reason)]).stop, 'cut');
  assert.equal(expectAnswer([start, ...end('stop_sequence')]).stop, 'done');
});

test('a refused answer calls nothing, whatever it had begun', () => {
  const use = eventsOf({ type: 'tool_use', id: 'a', name: 'x', input: { a: 'b' } }, 0);
  const { toolCalls, stop } = expectAnswer([start, ...use, ...end('refusal')]);
  assert.deepEqual({ toolCalls, stop }, { toolCalls: [], stop: 'refused' });
});

test('events of unknown types are skipped, and neither they nor empty fragments are a part of the answer', () => {
  const signs = { count: 0 };
  const empty = { type: 'content_block_delta', delta: { type: 'text_delta', text: '' } };
  const text = { type: 'content_block_delta', delta: { type: 'text_delta', text: 'x' } };
  const open = { type: 'content_block_start', content_block: { type: 'text', text: '' } };
  assert.equal(readEvents([start, { type: 'news' }, 7, null, open, empty, empty], signs), undefined);
  assert.equal(signs.count, 0);
  assert.equal(readEvents([start, open, text], signs), undefined);
  assert.equal(signs.count, 1);
});

test('an answer that ends without a reason makes no sense', () => {
  const result = readEvents([start, { type: 'message_stop' }]);
  assert.ok(result?.kind === 'failed' && result.code === 'malformed');
});

test('what is not needed may be missing or null, as proxies leave it', () => {
  for (const message of [undefined, null, {}, { usage: null }]) {
    const { text, usage } = expectAnswer([
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: null } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Done.', signature: null } },
      { type: 'message_delta', delta: null, usage: null },
      ...end('end_turn'),
    ]);
    assert.deepEqual([text, usage.inputTokens], ['Done.', 0]);
  }
});

test("a tool's input may come whole in its first block", () => {
  const block = { type: 'tool_use', id: 't1', name: 'shell', input: { command: 'ls' } };
  const { toolCalls } = expectAnswer([
    start,
    { type: 'content_block_start', index: 0, content_block: block },
    ...end('tool_use'),
  ]);
  assert.deepEqual(toolCalls, [{ id: 't1', name: 'shell', input: { command: 'ls' } }]);
});
