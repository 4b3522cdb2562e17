// A conversation as messages that every server takes, which only grow at their end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextEntry, Thought } from '../../model.ts';
import { apiUrlOf } from './openai-address.ts';
import { type OpenAiRequestOptions, writeOpenAiRequest } from './openai-request.ts';

const options: OpenAiRequestOptions = {
  model: 'm',
  effort: undefined,
  givesThoughts: true,
  isOpenAi: false,
  countsTokens: true,
};

const messagesOf = (context: ContextEntry[], more: Partial<OpenAiRequestOptions> = {}) =>
  writeOpenAiRequest({ system: '', context, tools: [] }, { ...options, ...more }).messages;

const call = (id: string, text = 'ok') => ({
  call: { id, name: 'shell', input: { command: 'ls' } },
  observation: { text, isError: false },
});

const answer = (text: string, ...calls: ReturnType<typeof call>[]): ContextEntry => ({
  kind: 'answer',
  thoughts: [],
  text,
  calls,
});

const word = fc.stringMatching(/^[a-z]{1,9}$/);
const entry: fc.Arbitrary<ContextEntry> = fc.oneof(
  fc.record({ kind: fc.constantFrom('user' as const, 'notice' as const, 'summary' as const), text: word }),
  fc.record({
    kind: fc.constant('answer' as const),
    thoughts: fc.constant<Thought[]>([]),
    text: fc.oneof(word, fc.constant('')),
    calls: fc.array(
      word.map((id) => call(id)),
      { maxLength: 3 },
    ),
  }),
);

test('a request begins with the whole one before it, and the user has the last word', () => {
  void fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), word, (context, text) => {
      const before = messagesOf([...context, { kind: 'user', text: 'first' }]);
      const after = messagesOf([
        ...context,
        { kind: 'user', text: 'first' },
        answer('said', call('x')),
        { kind: 'user', text },
      ]);
      assert.deepEqual(after.slice(0, before.length), before);
      assert.ok(['user', 'tool'].includes(after.at(-1)?.role ?? ''));
    }),
  );
});

test('turns alternate, and each call is followed by its result', () => {
  void fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), (context) => {
      const messages = messagesOf(context);
      for (const [at, message] of messages.entries()) {
        const next = messages[at + 1]?.role;
        if (message.role === 'user') assert.notEqual(next, 'user');
        if (message.role !== 'assistant') continue;
        assert.notEqual(next, 'assistant');
        const ids = (message.tool_calls ?? []).map(({ id }) => id);
        const results = messages.slice(at + 1, at + 1 + ids.length);
        assert.deepEqual(
          results.map((result) => result.role === 'tool' && result.tool_call_id),
          ids,
        );
      }
    }),
  );
});

test('pictures come with their message, and behind the results of calls; without them texts stay texts', () => {
  const image = { digest: 'd', mediaType: 'image/png', width: 1, height: 1, size: 3, dataBase64: 'AAAA' } as const;
  const seen = { ...call('c-1'), observation: { text: 'ok', isError: false, images: [image] } };
  const messages = messagesOf([
    { kind: 'user', text: 'Look', images: [image] },
    { kind: 'answer', thoughts: [], text: '', calls: [seen] },
    { kind: 'user', text: 'And?' },
    { kind: 'answer', thoughts: [], text: 'Red.', calls: [] },
    { kind: 'user', text: 'Thanks' },
  ]);
  const part = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
  const text = (said: string) => ({ type: 'text', text: said });
  assert.deepEqual(messages[0], { role: 'user', content: [part, text('Look')] });
  assert.deepEqual(messages[3], {
    role: 'user',
    content: [part, text('[What the call of shell returned as an image:]'), text('And?')],
  });
  assert.deepEqual(messages.at(-1), { role: 'user', content: 'Thanks' });
});

test('ids are as short as OpenAI takes them, also those of other providers, and results are never empty', () => {
  const [, said, result] = messagesOf([{ kind: 'user', text: 'x' }, answer('', call(`toolu_${'x'.repeat(50)}`, ''))]);
  const id = said?.role === 'assistant' && said.tool_calls?.[0]?.id;
  assert.match(String(id), /^call_[0-9a-f]{32}$/);
  assert.deepEqual(result, { role: 'tool', tool_call_id: id, content: '(nothing)' });
});

test('thoughts of other providers, and thoughts that are not wanted, are left out', () => {
  const thoughts = [
    { text: 'a', signature: 'openai-field:reasoning' },
    { text: 'b', signature: 'of-anthropic' },
    { text: 'c' },
  ];
  const context: ContextEntry[] = [
    { kind: 'user', text: 'x' },
    { kind: 'answer', thoughts, text: 'y', calls: [] },
  ];
  assert.deepEqual(messagesOf(context)[1], { role: 'assistant', content: 'y', reasoning: 'a' });
  assert.deepEqual(messagesOf(context, { givesThoughts: false })[1], { role: 'assistant', content: 'y' });
  thoughts.push({ text: '', signature: 'openai-details:[{"type":"x"}]' });
  assert.deepEqual(messagesOf(context)[1], { role: 'assistant', content: 'y', reasoning_details: [{ type: 'x' }] });
});

test('OpenAI itself is told how long an answer may be, and what to keep in its cache', () => {
  const keyOf = (text: string) => {
    const context: ContextEntry[] = [{ kind: 'user', text }, answer('x')];
    return writeOpenAiRequest({ system: 's', context, tools: [] }, { ...options, isOpenAi: true });
  };
  const { max_completion_tokens, prompt_cache_key } = keyOf('one');
  assert.equal(max_completion_tokens, 32_000);
  assert.equal(prompt_cache_key?.length, 32);
  assert.equal(keyOf('one').prompt_cache_key, prompt_cache_key);
  assert.notEqual(keyOf('two').prompt_cache_key, prompt_cache_key);
});

test('an address that names its version is taken as it is', () => {
  assert.equal(apiUrlOf('http://localhost:11434'), 'http://localhost:11434/v1');
  assert.equal(apiUrlOf('https://openrouter.ai/api'), 'https://openrouter.ai/api/v1');
  assert.equal(apiUrlOf('https://api.z.ai/api/paas/v4'), 'https://api.z.ai/api/paas/v4');
  assert.equal(apiUrlOf('https://h/v1beta/openai'), 'https://h/v1beta/openai');
});
