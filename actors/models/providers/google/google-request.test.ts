// How a conversation is sent to Gemini: rules for every conversation, and one in full.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextEntry } from '../../model.ts';
import { makeOwnId, writeGoogleRequest } from './google-request.ts';

const tool = {
  name: 'shell',
  description: 'Runs a command.',
  inputSchema: { properties: { command: { type: 'string' } } },
};

const wireOf = (context: readonly ContextEntry[], givesThoughts = true) =>
  writeGoogleRequest({ system: 'S', context, tools: [tool] }, { givesThoughts });

const text = fc.oneof(fc.string(), fc.constantFrom('', ' \n', '\ud83d'));
const entry: fc.Arbitrary<ContextEntry> = fc.oneof(
  fc.record({ kind: fc.constantFrom('user' as const, 'summary' as const), text }),
  fc.record({
    kind: fc.constant('answer' as const),
    thoughts: fc.array(fc.record({ text, signature: text }), { maxLength: 2 }),
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

test('the user begins and ends, and as many results as calls follow them, in a turn of their own', async () => {
  await fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (context) => {
      const { contents } = wireOf(context);
      assert.equal(contents[0]?.role, 'user');
      assert.equal(contents.at(-1)?.role, 'user');
      for (const [at, { role, parts }] of contents.entries()) {
        assert.ok(parts.length > 0);
        assert.ok(role === 'user' || contents[at + 1]?.role === 'user');
        const ids = parts.flatMap(({ functionCall }) => functionCall?.id ?? []);
        if (ids.length === 0) continue;
        const results = contents[at + 1]?.parts.map(({ functionResponse }) => functionResponse?.id);
        assert.deepEqual(results, ids);
      }
    }),
  );
});

test('pictures come with their message, and behind the results of calls', () => {
  const image = { digest: 'd', mediaType: 'image/png', width: 1, height: 1, size: 3, dataBase64: 'AAAA' } as const;
  const call = { id: 'c-1', name: 'read', input: {} };
  const { contents } = wireOf([
    { kind: 'user', text: 'Look', images: [image] },
    {
      kind: 'answer',
      thoughts: [],
      text: '',
      calls: [{ call, observation: { text: 'It', isError: false, images: [image] } }],
    },
  ]);
  const inlineData = { mimeType: 'image/png', data: 'AAAA' };
  assert.deepEqual(contents[0]?.parts, [{ inlineData }, { text: 'Look' }]);
  assert.equal(contents[2]?.parts.length, 1, 'one result for one call');
  assert.deepEqual(contents[3], {
    role: 'user',
    parts: [{ text: '[What the call of read returned as an image:]' }, { inlineData }],
  });
});

test('a conversation in full: signatures where they came, ids of the provider, none of ours', () => {
  const context: ContextEntry[] = [
    { kind: 'summary', text: 'A shop was built.' },
    { kind: 'user', text: 'Add a cart' },
    {
      kind: 'answer',
      thoughts: [{ text: 'Not given back.' }, { text: '', signature: 'sig-text', behind: { chars: 7, calls: 0 } }],
      text: 'I look.',
      calls: [
        {
          call: { id: 'call_1', name: 'shell', input: { command: 'ls' }, signature: 'sig-call' },
          observation: { text: 'shop.js', isError: false },
        },
        { call: { id: makeOwnId('7'), name: 'shell', input: undefined }, observation: { text: 'no', isError: true } },
      ],
    },
    { kind: 'user', text: 'Hurry' },
  ];
  assert.deepEqual(wireOf(context), {
    systemInstruction: { role: 'system', parts: [{ text: 'S' }] },
    tools: [
      {
        functionDeclarations: [
          {
            name: 'shell',
            description: 'Runs a command.',
            parameters: { type: 'object', properties: { command: { type: 'string' } } },
          },
        ],
      },
    ],
    safetySettings: [
      { category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_SEXUALLY_EXPLICIT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_CIVIC_INTEGRITY', threshold: 'BLOCK_NONE' },
    ],
    generationConfig: { maxOutputTokens: 32_000 },
    contents: [
      {
        role: 'user',
        parts: [{ text: 'What was said and done so far, in short:\n\nA shop was built.' }, { text: 'Add a cart' }],
      },
      {
        role: 'model',
        parts: [
          { text: 'I look.' },
          { text: '', thoughtSignature: 'sig-text' },
          {
            functionCall: { id: 'call_1', name: 'shell', args: { command: 'ls' } },
            thoughtSignature: 'sig-call',
          },
          { functionCall: { name: 'shell', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'call_1', name: 'shell', response: { output: 'shop.js' } } },
          { functionResponse: { name: 'shell', response: { error: 'no' } } },
        ],
      },
      { role: 'user', parts: [{ text: 'Hurry' }] },
    ],
  });
});

test('signatures that the provider refused are left out, and its first calls ask for no check', () => {
  const observation = { text: 'ok', isError: false };
  const call = { id: 'a', name: 'shell', input: {}, signature: 'stale' };
  const answer: ContextEntry = {
    kind: 'answer',
    thoughts: [{ text: '', signature: 'stale' }],
    text: '',
    calls: [
      { call, observation },
      { call: { ...call, id: 'b' }, observation },
    ],
  };
  const [, said] = wireOf([{ kind: 'user', text: 'Go' }, answer], false).contents;
  assert.deepEqual(said?.parts, [
    { functionCall: { id: 'a', name: 'shell', args: {} }, thoughtSignature: 'skip_thought_signature_validator' },
    { functionCall: { id: 'b', name: 'shell', args: {} } },
  ]);
});

test('a tool without parameters declares none, and without tools and system prompt there are none', () => {
  const plain = writeGoogleRequest({ system: '', context: [], tools: [] }, { givesThoughts: true });
  assert.ok(!('tools' in plain) && !('systemInstruction' in plain));
  assert.deepEqual(plain.contents, [{ role: 'user', parts: [{ text: 'Continue.' }] }]);
  const tools = [{ name: 'list', description: 'Lists.', inputSchema: { type: 'object', properties: {} } }];
  assert.deepEqual(writeGoogleRequest({ system: '', context: [], tools }, { givesThoughts: true }).tools, [
    { functionDeclarations: [{ name: 'list', description: 'Lists.' }] },
  ]);
});
