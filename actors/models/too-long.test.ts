// Every provider's way to say that a conversation is too long is understood, and its numbers are used.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnswerTokensMax, parseTooLong, type TooLong } from './too-long.ts';

test('every way to say that a conversation is too long is understood, with its numbers', () => {
  const cases: [string, TooLong][] = [
    ['prompt is too long: 210000 tokens > 200000 maximum', { sent: 210_000, max: 200_000 }],
    [
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again',
      { sent: 210_000, max: 200_000 },
    ],
    ['Input is too long for requested model.', {}],
    ['input token count is 1200000 but model only supports up to 1048576', { sent: 1_200_000, max: 1_048_576 }],
    [
      'The input token count (1,091,639) exceeds the maximum number of tokens allowed (1,048,576).',
      { sent: 1_091_639, max: 1_048_576 },
    ],
    ['The input token count exceeds the maximum number of tokens allowed.', {}],
    ['Request exceeds the maximum size', {}],
    ['request_too_large', {}],
    [
      "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion).",
      { max: 8_192, sent: 9_000 },
    ],
    ['context_length_exceeded', {}],
    ['Too many input tokens.', {}],
  ];
  for (const [said, meaning] of cases) assert.deepEqual(parseTooLong(said), meaning, said);
});

test('other refusals are not taken for a conversation that is too long', () => {
  for (const said of [
    'max_tokens: must be at least 1',
    'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-x',
    'messages.0.content: Field required',
    'Invalid JSON payload received.',
    'tools.0.name: String should have at most 128 characters',
    'Number of request tokens has exceeded your per-minute rate limit.',
  ])
    assert.equal(parseTooLong(said), undefined, said);
});

test('how long an answer may be is read from the refusal', () => {
  const said = 'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-x';
  assert.equal(parseAnswerTokensMax(said), 8_192);
  assert.equal(parseAnswerTokensMax('max_tokens: must be at least 1'), undefined);
  assert.equal(parseAnswerTokensMax('prompt is too long: 210000 tokens > 200000 maximum'), undefined);
});
