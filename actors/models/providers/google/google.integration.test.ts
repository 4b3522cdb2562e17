// What Google is sent, byte for byte, and that signatures and ids come back to it as it gave them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeProvider } from '../../../testing/provider/fake-provider.ts';
import * as steps from '../../../testing/provider/steps.ts';
import type { Answer, ContextEntry, Model, ModelRequest } from '../../model.ts';
import { openModel } from '../../open-model.ts';
import { google } from './google.ts';

let fakeProvider: FakeProvider;
before(async () => {
  fakeProvider = await FakeProvider.open();
});
after(() => fakeProvider?.close());

const open = (googleModel = 'gemini-3.8-flash'): Model =>
  openModel({
    provider: google,
    apiKey: 'AIza-test',
    settings: { modelNames: { google: googleModel }, baseUrl: fakeProvider.url },
  });

const tools: ModelRequest['tools'] = [
  {
    name: 'bash',
    description: 'Runs a command.',
    inputSchema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      properties: { command: { type: 'string' } },
      required: ['command'],
      additionalProperties: false,
    },
  },
];

async function ask(model: Model, context: ContextEntry[]): Promise<Answer> {
  const options = { signal: new AbortController().signal, onDelta: () => undefined };
  const result = await model.answer({ system: 'You are an agent.', context, tools }, options);
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

const stepsTaken = (answer: Answer): ContextEntry[] => [
  { kind: 'user', text: 'Build it' },
  {
    kind: 'answer',
    thoughts: answer.thoughts,
    text: answer.text,
    calls: answer.toolCalls.map((call) => ({ call, observation: { text: 'README.md', isError: false } })),
  },
];

test('two steps of a conversation as they are sent', async () => {
  const calls = [
    { id: 'call_1', name: 'bash', input: { command: 'ls' }, signature: 'c2lnbmF0dXJl' },
    { name: 'bash', input: { command: 'pwd' } },
  ];
  fakeProvider.plan('google', steps.answer({ text: 'Looking.', calls }), steps.answer({ text: 'Done.' }));
  const model = open();
  assert.equal(model.name, 'google/gemini-3.8-flash');
  await ask(model, stepsTaken(await ask(model, [{ kind: 'user', text: 'Build it' }])));
  const [one, two] = fakeProvider.requests.splice(0);
  const constant = {
    generationConfig: { maxOutputTokens: 32_000, thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' } },
    safetySettings: [
      { category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_SEXUALLY_EXPLICIT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_DANGEROUS_CONTENT', threshold: 'BLOCK_NONE' },
      { category: 'HARM_CATEGORY_CIVIC_INTEGRITY', threshold: 'BLOCK_NONE' },
    ],
    systemInstruction: { role: 'system', parts: [{ text: 'You are an agent.' }] },
    tools: [
      {
        functionDeclarations: [
          {
            name: 'bash',
            description: 'Runs a command.',
            parameters: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
          },
        ],
      },
    ],
  };
  const asked = { role: 'user', parts: [{ text: 'Build it' }] };
  assert.deepEqual(one?.body, { ...constant, contents: [asked] });
  assert.deepEqual(two?.body, {
    ...constant,
    contents: [
      asked,
      {
        role: 'model',
        parts: [
          { text: 'Looking.' },
          {
            functionCall: { id: 'call_1', name: 'bash', args: { command: 'ls' } },
            thoughtSignature: 'c2lnbmF0dXJl',
          },
          { functionCall: { name: 'bash', args: { command: 'pwd' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'call_1', name: 'bash', response: { output: 'README.md' } } },
          { functionResponse: { name: 'bash', response: { output: 'README.md' } } },
        ],
      },
    ],
  });
  assert.equal(one?.path, '/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse');
  assert.equal(one?.headers['x-goog-api-key'], 'AIza-test');
});

test('signatures that the provider refuses are left out from then on, and the turn goes on', async () => {
  const call = { id: 'call_1', name: 'bash', input: { command: 'ls' }, signature: 'stale' };
  fakeProvider.plan(
    'google',
    steps.answer({ calls: [call] }),
    steps.failure(400, { message: 'Corrupted thought signature.' }),
    steps.answer({ text: 'On.' }),
    steps.answer({ text: 'And on.' }),
  );
  const model = open();
  const context = stepsTaken(await ask(model, [{ kind: 'user', text: 'Build it' }]));
  assert.equal((await ask(model, context)).text, 'On.');
  assert.equal((await ask(model, context)).text, 'And on.');
  const bodies = fakeProvider.requests.splice(0).map(({ body }) => JSON.stringify(body));
  assert.deepEqual(
    bodies.map((body) => body.includes('stale')),
    [false, true, false, false],
  );
  assert.ok(bodies[2]?.includes('skip_thought_signature_validator'));
});

type Asked = { generationConfig: { thinkingConfig?: object } };
const thinkingOf = () => fakeProvider.answerRequests.map(({ body }) => (body as Asked).generationConfig.thinkingConfig);

test('thoughts are asked for of every model that has any', async () => {
  fakeProvider.reset();
  for (const model of ['gemini-2.5-flash', 'gemini-3.8-flash', 'gemini-9', 'gemini-2.0-flash'])
    await ask(open(model), [{ kind: 'user', text: 'Build it' }]);
  assert.deepEqual(thinkingOf(), [
    { includeThoughts: true, thinkingBudget: 8_192 },
    { includeThoughts: true, thinkingLevel: 'HIGH' },
    { includeThoughts: true },
    undefined,
  ]);
});

test('a model that refuses what asks for thoughts is asked without, from then on', async () => {
  fakeProvider.reset();
  const message = 'Unable to submit request because thinking is not supported by this model.';
  fakeProvider.plan('google', steps.failure(400, { message }), steps.answer({ text: 'Done.' }));
  const model = open('gemini-9-tiny');
  for (const text of ['Build it', 'More']) await ask(model, [{ kind: 'user', text }]);
  assert.deepEqual(thinkingOf(), [{ includeThoughts: true }, undefined, undefined]);
});
