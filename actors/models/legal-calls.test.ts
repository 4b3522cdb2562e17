// Whatever a model called and however, the next request is one that both providers take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { legalizeCalls } from './legal-calls.ts';
import type { ContextEntry } from './model.ts';
import { writeAnthropicRequest as anthropicRequestOf } from './providers/anthropic/anthropic-request.ts';
import { writeGoogleRequest as googleRequestOf } from './providers/google/google-request.ts';

type Wire = Record<string, unknown>;

const anyText = fc.string({ unit: 'binary', maxLength: 300 });
const anyName = fc.oneof(anyText, fc.constantFrom('bash', 'functions.bash', 'bash tool', '', '日本', 'x'.repeat(300)));
const anyId = fc.oneof(anyText, fc.constantFrom('toolu_1', 'call_0', '', 'own-1', 'a b', '\ud83d'));
const anyInput = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, null, 'text', [1], { a: '\ud83d', '\udc00': 1 }));
const anyAnswer: fc.Arbitrary<ContextEntry> = fc.record({
  kind: fc.constant('answer' as const),
  thoughts: fc.array(fc.record({ text: anyText }), { maxLength: 1 }),
  text: anyText,
  calls: fc.array(
    fc.record({
      call: fc.record({ id: anyId, name: anyName, input: anyInput }),
      observation: fc.record({ text: anyText, isError: fc.boolean() }),
    }),
    { maxLength: 4 },
  ),
});
const anyEntry: fc.Arbitrary<ContextEntry> = fc.oneof(
  anyAnswer,
  fc.record({ kind: fc.constantFrom('user' as const, 'notice' as const), text: anyText }),
);
const anyConversation = fc.array(anyEntry, { maxLength: 8 });
const settings = { model: 'm', thinking: 'none' as const, givesThoughts: true, answerTokensMax: 1_000 };

/** Half of a surrogate pair, which JSON can write only as an escape. */
const halves = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/i;

test('Anthropic takes every conversation: roles in turn, names, ids and pairs by its rules', () =>
  fc.assert(
    fc.property(anyConversation, (context) => {
      const { messages } = anthropicRequestOf({ system: 'S', context, tools: [] }, settings);
      const ids = new Set<string>();
      let open: string[] = [];
      for (const [at, { role, content }] of messages.entries()) {
        assert.equal(role, at % 2 === 0 ? 'user' : 'assistant');
        assert.ok(Array.isArray(content) && content.length > 0);
        const results = content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
        if (role === 'user') assert.deepEqual(results, open, 'each call has its result, in the next turn');
        open = [];
        for (const block of content) {
          if (block.type === 'text') assert.match(block.text, /\S/);
          if (block.type !== 'tool_use') continue;
          assert.match(block.name, /^[a-zA-Z0-9_-]{1,128}$/);
          assert.match(block.id, /^[a-zA-Z0-9_-]+$/);
          assert.ok(!ids.has(block.id), 'an id stands once');
          assert.ok(typeof block.input === 'object' && block.input !== null && !Array.isArray(block.input));
          ids.add(block.id);
          open.push(block.id);
        }
      }
      assert.equal(messages.at(-1)?.role, 'user');
      assert.doesNotMatch(JSON.stringify(messages), halves);
    }),
  ));

test('Google takes every conversation: names by its rules, as many results as calls right behind them', () =>
  fc.assert(
    fc.property(anyConversation, (context) => {
      const { contents } = googleRequestOf({ system: 'S', context, tools: [] }, { givesThoughts: true });
      let open: unknown[] = [];
      for (const { role, parts } of contents) {
        assert.ok(parts.length > 0);
        const responses = parts.flatMap(({ functionResponse }) => (functionResponse ? [functionResponse] : []));
        if (open.length > 0) assert.equal(role, 'user');
        assert.deepEqual(
          responses.map(({ id, name }) => [id, name]),
          open,
        );
        open = [];
        for (const { functionCall } of parts) {
          if (!functionCall) continue;
          assert.match(functionCall.name, /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/);
          const args = functionCall.args as Wire;
          assert.ok(typeof args === 'object' && args !== null && !Array.isArray(args));
          open.push([functionCall.id, functionCall.name]);
        }
      }
      assert.equal(contents.at(-1)?.role, 'user');
      assert.doesNotMatch(JSON.stringify(contents), halves);
    }),
  ));

test('what is legal stays as it is, and two calls stay two', () => {
  const call = { id: 'toolu_1', name: 'bash', input: { command: 'printf "\\ud83d"' } };
  const answer = (...ids: string[]): ContextEntry => ({
    kind: 'answer',
    thoughts: [],
    text: '',
    calls: ids.map((id) => ({ call: { ...call, id }, observation: { text: 'ok', isError: false } })),
  });
  const idsOf = (context: readonly ContextEntry[]) =>
    context.flatMap((entry) => (entry.kind === 'answer' ? entry.calls.map(({ call: { id } }) => id) : []));
  assert.deepEqual(legalizeCalls([answer('toolu_1', 'toolu_2')]), [answer('toolu_1', 'toolu_2')]);
  assert.deepEqual(idsOf(legalizeCalls([answer('call_0'), answer('call_0')])), ['call_0', 'call_0-2']);
  const [one, two] = idsOf(legalizeCalls([answer('a b', 'a_b ')]));
  assert.notEqual(one, two);
});
