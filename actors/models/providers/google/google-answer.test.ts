// Gemini's chunks put together: calls with their signatures and ids, texts, and reasons to end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft } from '../../draft.ts';
import type { Answer } from '../../model.ts';
import type { AskResult } from '../../retry.ts';
import { GoogleAnswerReader } from './google-answer.ts';

const bounds = { answerCharsMax: 10_000, answerCallsMax: 20 };

type AskReport = { signs: number; deltas: string[] };

function readChunks(chunks: unknown[], report: AskReport = { signs: 0, deltas: [] }): AskResult {
  const draft = new Draft(bounds, {
    onDelta: ({ kind, text }) => void report.deltas.push(`${kind}: ${text}`),
    onSign: () => {
      report.signs++;
    },
    onComplete: () => undefined,
  });
  const reader = new GoogleAnswerReader(draft, 'gemini-x');
  for (const chunk of chunks) {
    const failure = reader.readChunk(chunk);
    if (failure) return failure;
  }
  return reader.finishAnswer();
}

function expectAnswer(chunks: unknown[], report?: AskReport): Answer {
  const result = readChunks(chunks, report);
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

const chunk = (parts: unknown[], more: object = {}) => ({ candidates: [{ content: { parts }, ...more }] });
const stop = (finishReason = 'STOP') => chunk([], { finishReason });

test("calls keep the provider's ids and signatures; one without an id gets its own, and one whose id was there another", () => {
  const call = { name: 'shell', args: { command: 'ls' } };
  const { toolCalls } = expectAnswer([
    chunk([{ functionCall: { ...call, id: 'call_1' }, thoughtSignature: 'sig' }, { functionCall: call }]),
    chunk([{ functionCall: { ...call, id: 'call_1' } }, { functionCall: { name: 'list' } }]),
    stop(),
  ]);
  assert.deepEqual(toolCalls[0], { id: 'call_1', name: 'shell', input: call.args, signature: 'sig' });
  assert.deepEqual(toolCalls[3]?.input, {});
  assert.equal(toolCalls[2]?.id, 'call_1-2');
  for (const at of [1, 3]) assert.match(toolCalls[at]?.id ?? '', /^own-[0-9a-f-]{36}$/);
  assert.equal(new Set(toolCalls.map(({ id }) => id)).size, 4);
});

test('thoughts that are shown are one for as long as nothing else comes', () => {
  const report = { signs: 0, deltas: [] };
  const answer = expectAnswer(
    [
      chunk([{ text: 'I ', thought: true }]),
      chunk([{ text: 'think.', thought: true, thoughtSignature: 'sig' }]),
      chunk([{ text: 'So ' }, { text: 'it is.' }]),
      chunk([{ text: '', thoughtSignature: 'late' }]),
      stop(),
    ],
    report,
  );
  assert.deepEqual(answer.thoughts, [
    { text: 'I think.', signature: 'sig' },
    { text: '', signature: 'late', behind: { chars: 9, calls: 0 } },
  ]);
  assert.equal(answer.text, 'So it is.');
  assert.deepEqual(report.deltas, ['thought: I ', 'thought: think.', 'text: So ', 'text: it is.']);
});

test('thoughts count as output, and the last count is right', () => {
  const { usage } = expectAnswer([
    { ...chunk([{ text: 'x' }]), usageMetadata: { promptTokenCount: 100 } },
    {
      ...stop(),
      usageMetadata: {
        promptTokenCount: 100,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 20,
        cachedContentTokenCount: 60,
      },
    },
  ]);
  assert.deepEqual(usage, { inputTokens: 100, outputTokens: 25, cachedTokens: 60, cacheWriteTokens: 0 });
});

test('each reason to end has its meaning', () => {
  for (const reason of ['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT', 'OTHER'])
    assert.equal(expectAnswer([chunk([{ functionCall: { name: 'x' } }]), stop(reason)]).stop, 'refused');
  assert.equal(expectAnswer([stop('MAX_TOKENS')]).stop, 'cut');
  for (const reason of ['MALFORMED_FUNCTION_CALL', 'SOMETHING_NEW']) {
    const result = readChunks([stop(reason)]);
    assert.ok(result.kind === 'failed' && result.code === 'malformed' && result.message.includes(reason));
  }
  const unsigned = readChunks([stop('MISSING_THOUGHT_SIGNATURE')]);
  assert.ok(unsigned.kind === 'failed' && unsigned.refusesThoughts);
});

test('a call of a tool that was not offered is one that the model is told about', () => {
  const message = 'Unexpected tool call: Model tried to call an undeclared function: teleport';
  const ending = chunk([], { finishReason: 'UNEXPECTED_TOOL_CALL', finishMessage: message });
  const named = expectAnswer([chunk([{ text: 'Off I go.' }]), ending]);
  assert.deepEqual([named.stop, named.calledName, named.text], ['noSuchTool', 'teleport', 'Off I go.']);
  const unnamed = expectAnswer([stop('UNEXPECTED_TOOL_CALL')]);
  assert.deepEqual([unnamed.stop, unnamed.calledName], ['noSuchTool', undefined]);
  const shown = expectAnswer([chunk([{ functionCall: { name: 'teleport' } }]), stop('UNEXPECTED_TOOL_CALL')]);
  assert.deepEqual([shown.stop, shown.toolCalls.map(({ name }) => name)], ['toolCalls', ['teleport']]);
});

test('chunks without content are no part of an answer', () => {
  const report = { signs: 0, deltas: [] };
  readChunks([{}, chunk([]), chunk([{ text: '' }]), { usageMetadata: { promptTokenCount: 1 } }], report);
  assert.equal(report.signs, 0);
});

test('input that is nested without end is refused instead of stored', () => {
  let args: Record<string, unknown> = {};
  for (let level = 0; level < 100; level++) args = { args };
  const result = readChunks([chunk([{ functionCall: { name: 'x', args } }]), stop()]);
  assert.ok(result.kind === 'failed' && result.code === 'malformed');
});

test('what is not needed may be missing or null, as proxies leave it', () => {
  const { text, toolCalls } = expectAnswer([
    { candidates: [{ content: null, finishReason: null }], usageMetadata: null, promptFeedback: null },
    {
      candidates: [
        { content: { parts: [{ text: 'Done.', thought: null, thoughtSignature: null }] }, finishReason: null },
      ],
    },
    { candidates: [{ content: { parts: [{ text: null, functionCall: { id: null, name: 'finish', args: null } }] } }] },
    { candidates: [{ content: { parts: null }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: null } },
    { candidates: null },
  ]);
  assert.equal(text, 'Done.');
  assert.deepEqual(
    toolCalls.map(({ name, input }) => [name, input]),
    [['finish', {}]],
  );
});
