// What Anthropic is sent, byte for byte, and that its thoughts come back to it as it gave them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeProvider } from '../../../testing/provider/fake-provider.ts';
import * as steps from '../../../testing/provider/steps.ts';
import type { Answer, ContextEntry, Model, ModelRequest } from '../../model.ts';
import { openModel } from '../../open-model.ts';
import { anthropic } from './anthropic.ts';

let fakeProvider: FakeProvider;
before(async () => {
  fakeProvider = await FakeProvider.open();
});
after(() => fakeProvider?.close());

const open = (anthropicModel = 'claude-sonnet-5-5'): Model =>
  openModel({
    provider: anthropic,
    apiKey: 'sk-ant-test',
    settings: { modelNames: { anthropic: anthropicModel }, baseUrl: fakeProvider.url },
  });

const tools: ModelRequest['tools'] = [
  { name: 'bash', description: 'Runs a command.', inputSchema: { type: 'object' } },
  { name: 'finish', description: 'Ends the turn.', inputSchema: { type: 'object', properties: {} } },
];

async function ask(model: Model, context: ContextEntry[]): Promise<{ answer: Answer; thought: string }> {
  let thought = '';
  const result = await model.answer(
    { system: 'You are an agent.', context, tools },
    {
      signal: new AbortController().signal,
      onDelta: ({ kind, text }) => {
        if (kind === 'thought') thought += text;
      },
    },
  );
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return { answer: result.answer, thought };
}

const mark = { cache_control: { type: 'ephemeral' } };

test('two steps of a conversation as they are sent', async () => {
  const call = { id: 'toolu_1', name: 'bash', input: { command: 'ls' } };
  const thoughts = [{ text: 'I should look.', signature: 'c2lnbmF0dXJl' }];
  fakeProvider.plan(
    'anthropic',
    steps.answer({ thoughts, text: 'Looking.', calls: [call] }),
    steps.answer({ text: 'Done.' }),
  );
  const model = open();
  assert.equal(model.name, 'anthropic/claude-sonnet-5-5');
  assert.equal(model.contextTokensMax, 1_000_000);
  const first = await ask(model, [{ kind: 'user', text: 'Build it' }]);
  assert.equal(first.thought, 'I should look.');
  assert.deepEqual(first.answer.thoughts, thoughts);
  await ask(model, [
    { kind: 'user', text: 'Build it' },
    {
      kind: 'answer',
      thoughts: first.answer.thoughts,
      text: first.answer.text,
      calls: [{ call, observation: { text: 'README.md', isError: false } }],
    },
    { kind: 'user', text: 'In red' },
  ]);
  const [one, two] = fakeProvider.requests.splice(0);
  const constant = {
    model: 'claude-sonnet-5-5',
    max_tokens: 32_000,
    stream: true,
    thinking: { type: 'adaptive', display: 'summarized' },
    system: [{ type: 'text', text: 'You are an agent.', ...mark }],
    tools: [
      { name: 'bash', description: 'Runs a command.', input_schema: { type: 'object' } },
      {
        name: 'finish',
        description: 'Ends the turn.',
        input_schema: { type: 'object', properties: {} },
        ...mark,
      },
    ],
  };
  assert.deepEqual(one?.body, {
    ...constant,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Build it', ...mark }] }],
  });
  assert.deepEqual(two?.body, {
    ...constant,
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Build it', ...mark }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: 'c2lnbmF0dXJl' },
          { type: 'text', text: 'Looking.' },
          { type: 'tool_use', id: 'toolu_1', name: 'bash', input: { command: 'ls' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'README.md' },
          { type: 'text', text: 'In red', ...mark },
        ],
      },
    ],
  });
  assert.equal(`${one?.method} ${one?.path}`, 'POST /v1/messages');
  assert.equal(one?.headers.authorization, 'Bearer sk-ant-test');
  assert.equal(one?.headers['anthropic-version'], '2026-10-21');
  assert.equal(one?.headers['x-stainless-retry-count'], '0');
});

test('a model of somebody else behind a gateway is asked for no thoughts', async () => {
  await ask(open('model-of-tomorrow'), [{ kind: 'user', text: 'Hi' }]);
  const [request] = fakeProvider.requests.splice(0);
  assert.equal(JSON.stringify(request?.body ?? 'thinking').includes('thinking'), false);
});

test('thoughts that the provider refuses are left out from then on, and the turn goes on', async () => {
  const message = 'messages.1.content.0: Invalid `signature` in `thinking` block.';
  fakeProvider.plan(
    'anthropic',
    steps.failure(400, { message }),
    steps.answer({ text: 'On.' }),
    steps.answer({ text: 'And on.' }),
  );
  const context: ContextEntry[] = [
    { kind: 'summary', text: 'Until now.' },
    { kind: 'answer', thoughts: [{ text: 'Old.', signature: 'stale' }], text: 'So.', calls: [] },
    { kind: 'user', text: 'Go on' },
  ];
  const model = open();
  assert.equal((await ask(model, context)).answer.text, 'On.');
  assert.equal((await ask(model, context)).answer.text, 'And on.');
  const bodies = fakeProvider.requests.splice(0).map(({ body }) => JSON.stringify(body));
  assert.deepEqual(
    bodies.map((body) => body.includes('stale')),
    [true, false, false],
  );
});

test('a provider that goes on refusing thoughts ends the request as a bad one', async () => {
  const message = 'The `thinking` blocks cannot be modified.';
  fakeProvider.plan('anthropic', steps.failure(400, { message }), steps.failure(400, { message }));
  const options = { signal: new AbortController().signal, onDelta: () => undefined };
  const result = await open().answer({ system: '', context: [], tools: [] }, options);
  assert.ok(result.kind === 'failed' && result.code === 'badRequest');
  assert.equal(fakeProvider.requests.splice(0).length, 2);
});

test('a model that writes shorter answers is asked again with what it takes, and from then on', async () => {
  const message = 'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-x';
  const before = fakeProvider.requests.length;
  fakeProvider.plan(
    'anthropic',
    steps.failure(400, { message }),
    steps.answer({ text: 'Here.' }),
    steps.answer({ text: 'Again.' }),
  );
  for (const text of ['Here.', 'Again.']) {
    const { answer } = await ask(open('claude-x'), [{ kind: 'user', text: 'Build it' }]);
    assert.equal(answer.text, text);
  }
  const asked = fakeProvider.requests.slice(before).map(({ body }) => (body as { max_tokens: number }).max_tokens);
  assert.deepEqual(asked, [32_000, 8_192, 8_192]);
});

type Asked = { thinking?: { type: string; budget_tokens?: number } };

/** How a model was asked to think, and what else was asked for in a header. */
async function readThinking(model: string): Promise<[Asked['thinking'], string | undefined]> {
  fakeProvider.reset();
  fakeProvider.plan('anthropic', steps.answer({ text: 'Done.' }));
  await ask(open(model), [{ kind: 'user', text: 'Build it' }]);
  const [request] = fakeProvider.answerRequests;
  assert.ok(request);
  return [(request.body as Asked).thinking, request.headers['anthropic-beta']?.toString()];
}

test('models from 4.6 on, known or not, think as they find right; haiku 4.5 has a budget, between calls too', async () => {
  for (const model of ['claude-opus-4-6', 'claude-opus-4-8', 'claude-sonnet-4-6', 'claude-opus-7'])
    assert.deepEqual(await readThinking(model), [{ type: 'adaptive', display: 'summarized' }, undefined], model);
  const budget = { type: 'enabled', budget_tokens: 16_000 };
  assert.deepEqual(await readThinking('claude-haiku-4-5'), [budget, 'interleaved-thinking-2025-05-14']);
  assert.deepEqual(await readThinking('claude-3-5-haiku-20241022'), [undefined, undefined]);
});

test('a gateway that refuses what asks for thoughts is asked without, from then on', async () => {
  fakeProvider.reset();
  const message = 'thinking: Extra inputs are not permitted';
  fakeProvider.plan(
    'anthropic',
    steps.failure(400, { message }),
    steps.answer({ text: 'Done.' }),
    steps.answer({ text: 'Again.' }),
  );
  const model = open('claude-opus-9');
  for (const text of ['Build it', 'More']) await ask(model, [{ kind: 'user', text }]);
  const thought = fakeProvider.answerRequests.map(({ body }) => (body as Asked).thinking?.type);
  assert.deepEqual(thought, ['adaptive', undefined, undefined]);
});
