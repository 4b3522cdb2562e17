// How a conversation is sent to Anthropic: rules for every conversation, and one in full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type Anthropic from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import { efforts } from '../../../../schema/choice.ts';
import type { ContextEntry, Thought } from '../../model.ts';
import { type AnthropicRequestOptions, writeAnthropicRequest } from './anthropic-request.ts';

const settings: AnthropicRequestOptions = {
  model: 'm',
  thinking: 'none',
  givesThoughts: true,
  answerTokensMax: 32_000,
};
const tool = { name: 'shell', description: 'Runs a command.', inputSchema: { properties: {} } };

const wireOf = (context: readonly ContextEntry[], more: Partial<typeof settings> = {}) =>
  writeAnthropicRequest({ system: 'S', context, tools: [tool] }, { ...settings, ...more });

const blocksOf = ({ content }: Anthropic.MessageParam) => content as Anthropic.ContentBlockParam[];

/** Every block with its role, without the marks of the cache, which move. */
const flatOf = (context: readonly ContextEntry[]) =>
  wireOf(context).messages.flatMap((message) =>
    blocksOf(message).map((block) => ({ role: message.role, ...block, cache_control: undefined })),
  );

const text = fc.oneof(fc.string(), fc.constantFrom('', ' \n', '\ud83d', 'a\0b'));
const thought: fc.Arbitrary<Thought> = fc.record({ text, signature: fc.string({ minLength: 1 }) });
const entry: fc.Arbitrary<ContextEntry> = fc.oneof(
  fc.record({ kind: fc.constantFrom('user' as const, 'summary' as const), text }),
  fc.record({
    kind: fc.constant('answer' as const),
    thoughts: fc.array(fc.oneof(thought, fc.record({ text })), { maxLength: 2 }),
    text,
    calls: fc.array(
      fc.record({
        call: fc.record({ id: fc.uuid(), name: fc.constant('shell'), input: fc.object() }),
        observation: fc.record({ text, isError: fc.boolean() }),
      }),
      { maxLength: 3 },
    ),
  }),
);
const conversation = fc.array(entry, { maxLength: 8 });

test('turns alternate, the user begins and ends, and no text is blank', async () => {
  await fc.assert(
    fc.property(conversation, (context) => {
      const { messages } = wireOf(context);
      assert.deepEqual(
        messages.map(({ role }) => role),
        messages.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
      );
      assert.equal(messages.at(-1)?.role, 'user');
      for (const block of messages.flatMap(blocksOf)) {
        if (block.type === 'text') assert.ok(block.text.trim() !== '' && block.text.isWellFormed());
        if (block.type === 'tool_result') assert.notEqual(block.content, '');
      }
    }),
  );
});

test('every call gets its result, first in the next turn, in the order of the calls', async () => {
  await fc.assert(
    fc.property(conversation, (context) => {
      const { messages } = wireOf(context);
      for (const [at, message] of messages.entries()) {
        const uses = blocksOf(message).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
        const next = messages[at + 1];
        const results = (next ? blocksOf(next) : []).slice(0, uses.length);
        assert.deepEqual(
          results.map((block) => block.type === 'tool_result' && block.tool_use_id),
          uses,
        );
      }
    }),
  );
});

test('there are at most four breakpoints of the cache: tools, system, and the last two turns of the user', async () => {
  await fc.assert(
    fc.property(conversation, (context) => {
      const { messages, system, tools } = wireOf(context);
      const marked = messages.map((message) => blocksOf(message).findIndex((block) => 'cache_control' in block));
      const users = messages.flatMap(({ role, content }, at) =>
        role === 'user' ? [{ at, last: content.length - 1 }] : [],
      );
      const expected = messages.map(() => -1);
      for (const { at, last } of users.slice(-2)) expected[at] = last;
      assert.deepEqual(marked, expected);
      assert.equal(JSON.stringify({ system, tools }).split('"cache_control"').length - 1, 2);
    }),
  );
});

test('what was sent stays as it was when the conversation goes on, so that thoughts and cache stay valid', async () => {
  const saysSomething = (next: ContextEntry | undefined) =>
    next?.kind === 'answer' && (next.text.trim() !== '' || next.calls.length > 0);
  await fc.assert(
    fc.property(conversation, fc.nat(), (context, at) => {
      const asked = context.flatMap((next, index) => (saysSomething(next) ? [index] : []));
      const until = asked[at % Math.max(1, asked.length)] ?? context.length;
      const sent = flatOf(context.slice(0, until));
      assert.deepEqual(flatOf(context).slice(0, sent.length), sent);
    }),
  );
});

test('pictures stand before the message that they came with, and within the results of calls', () => {
  const image = { digest: 'd', mediaType: 'image/png', width: 1, height: 1, size: 3, dataBase64: 'AAAA' } as const;
  const seen = (text: string) => ({ text, isError: false, images: [image] });
  const shown = flatOf([
    { kind: 'user', text: 'Look', images: [image] },
    {
      kind: 'answer',
      thoughts: [],
      text: '',
      calls: ['It', ''].map((said, at) => ({
        call: { id: `c-${at}`, name: 'read', input: {} },
        observation: seen(said),
      })),
    },
  ]);
  const block = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
  const user = { role: 'user', cache_control: undefined };
  assert.deepEqual(shown[0], { ...user, ...block });
  assert.partialDeepStrictEqual(shown[1], { type: 'text', text: 'Look' });
  assert.partialDeepStrictEqual(shown[4], { type: 'tool_result', content: [{ type: 'text', text: 'It' }, block] });
  assert.partialDeepStrictEqual(shown[5], { type: 'tool_result', content: [block] });
});

test('a conversation in full', () => {
  const context: ContextEntry[] = [
    { kind: 'summary', text: 'A shop was built.' },
    { kind: 'user', text: 'Add a cart' },
    { kind: 'user', text: 'and tests' },
    {
      kind: 'answer',
      thoughts: [{ text: 'Look first.', signature: 'sig-1' }, { text: 'Not signed.' }],
      text: 'I look.',
      calls: [
        {
          call: { id: 'a', name: 'shell', input: { command: 'ls' } },
          observation: { text: 'shop.js', isError: false },
        },
        { call: { id: 'b', name: 'shell', input: { command: 'x' } }, observation: { text: 'no x', isError: true } },
        { call: { id: 'c', name: 'shell', input: undefined }, observation: { text: '', isError: false } },
      ],
    },
    { kind: 'user', text: 'Hurry' },
  ];
  const mark = { cache_control: { type: 'ephemeral' } };
  assert.deepEqual(wireOf(context), {
    model: 'm',
    max_tokens: 32_000,
    stream: true,
    system: [{ type: 'text', text: 'S', ...mark }],
    tools: [
      { name: 'shell', description: 'Runs a command.', input_schema: { properties: {}, type: 'object' }, ...mark },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What was said and done so far, in short:\n\nA shop was built.' },
          { type: 'text', text: 'Add a cart' },
          { type: 'text', text: 'and tests', ...mark },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Look first.', signature: 'sig-1' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'a', name: 'shell', input: { command: 'ls' } },
          { type: 'tool_use', id: 'b', name: 'shell', input: { command: 'x' } },
          { type: 'tool_use', id: 'c', name: 'shell', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'shop.js' },
          { type: 'tool_result', tool_use_id: 'b', content: 'no x', is_error: true },
          { type: 'tool_result', tool_use_id: 'c' },
          { type: 'text', text: 'Hurry', ...mark },
        ],
      },
    ],
  });
});

test('an answer that was cut is followed by a turn of the user, which Anthropic wants before it goes on', () => {
  const answer: ContextEntry = { kind: 'answer', thoughts: [], text: 'Half of', calls: [] };
  const { messages } = wireOf([{ kind: 'user', text: 'Go' }, answer, answer]);
  assert.deepEqual(
    messages.map((message) => blocksOf(message).map((block) => block.type === 'text' && block.text)),
    [['Go'], ['Half of'], ['Continue.'], ['Half of'], ['Continue.']],
  );
});

test('without system prompt and tools there is none, and a model that thinks is asked to show it', () => {
  const plain = writeAnthropicRequest({ system: ' ', context: [], tools: [] }, { ...settings, thinking: 'adaptive' });
  assert.deepEqual(plain, {
    model: 'm',
    max_tokens: 32_000,
    stream: true,
    thinking: { type: 'adaptive', display: 'summarized' },
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Continue.', cache_control: { type: 'ephemeral' } }] }],
  });
});

test('thoughts can be left out, and the rest stays as it is', () => {
  const answer: ContextEntry = { kind: 'answer', thoughts: [{ text: 't', signature: 's' }], text: 'x', calls: [] };
  const [, said] = wireOf([{ kind: 'user', text: 'Go' }, answer], { givesThoughts: false }).messages;
  assert.deepEqual(said, { role: 'assistant', content: [{ type: 'text', text: 'x' }] });
});

test('a budget for thoughts is half of the answer, and none where that is less than the provider takes', () => {
  const budgetOf = (answerTokensMax: number) => wireOf([], { thinking: 'budget', answerTokensMax }).thinking;
  assert.deepEqual(budgetOf(32_000), { type: 'enabled', budget_tokens: 16_000 });
  assert.equal(budgetOf(2_000), undefined);
});

test('with a budget no thought is asked for in the middle of work that began without one', () => {
  const working = (thoughts: Thought[], more: ContextEntry[] = []): ContextEntry[] => [
    { kind: 'user', text: 'Go' },
    {
      kind: 'answer',
      thoughts,
      text: '',
      calls: [{ call: { id: 'c', name: 'shell', input: {} }, observation: { text: '', isError: false } }],
    },
    ...more,
  ];
  const asks = (context: ContextEntry[]) => wireOf(context, { thinking: 'budget' }).thinking !== undefined;
  const signed = [{ text: 'Hm.', signature: 's' }];
  assert.deepEqual(
    [asks(working(signed)), asks(working([])), asks(working([{ text: 'Unsigned.' }]))],
    [true, false, false],
  );
  assert.equal(
    asks(
      working(
        [],
        [
          { kind: 'answer', thoughts: [], text: 'Done.', calls: [] },
          { kind: 'user', text: 'More' },
        ],
      ),
    ),
    true,
  );
});

test('an effort is a level of its own where the model finds its measure itself, and otherwise a share of the answer', () => {
  const of = (thinking: typeof settings.thinking) =>
    efforts.map((effort) => {
      const { output_config, thinking: asked } = wireOf([], { thinking, effort });
      return [output_config?.effort, asked?.type === 'enabled' ? asked.budget_tokens : asked?.type];
    });
  assert.deepEqual(
    of('adaptive'),
    efforts.map((effort) => [effort, 'adaptive']),
  );
  assert.deepEqual(
    of('budget'),
    [4_000, 8_000, 16_000, 24_000].map((tokens) => [undefined, tokens]),
  );
  assert.deepEqual(of('none'), Array(4).fill([undefined, undefined]));
});
