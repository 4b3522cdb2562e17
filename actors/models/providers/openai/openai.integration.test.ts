// What OpenAI and servers that speak as it does are sent, byte for byte, and that they are understood with what they leave out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeProvider } from '../../../testing/provider/fake-provider.ts';
import * as steps from '../../../testing/provider/steps.ts';
import type { Answer, AnswerResult, ContextEntry, Model, ModelRequest } from '../../model.ts';
import { openModel } from '../../open-model.ts';
import { openai } from './openai.ts';

let fakeProvider: FakeProvider;
before(async () => {
  fakeProvider = await FakeProvider.open();
});
after(() => fakeProvider?.close());

const open = (apiKey = 'sk-test-0123456789'): Model =>
  openModel({
    provider: openai,
    apiKey,
    settings: { modelNames: { openai: 'qwen3-coder' }, baseUrl: fakeProvider.url, bounds: { retryWaitMsMax: 2 } },
  });

const inputSchema = { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] };
const tools: ModelRequest['tools'] = [
  { name: 'shell', description: 'Runs a command.', inputSchema },
  { name: 'list', description: 'Lists.', inputSchema: {} },
];

const asked: ContextEntry[] = [{ kind: 'user', text: 'Build it' }];

const askFor = (model: Model, context: ContextEntry[]): Promise<AnswerResult> =>
  model.answer(
    { system: 'You are an agent.', context, tools },
    { signal: new AbortController().signal, onDelta: () => undefined },
  );

async function ask(model: Model, context: ContextEntry[] = asked): Promise<Answer> {
  const result = await askFor(model, context);
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

const stepsTaken = ({ thoughts, text, toolCalls }: Answer): ContextEntry[] => [
  ...asked,
  {
    kind: 'answer',
    thoughts,
    text,
    calls: toolCalls.map((call) => ({ call, observation: { text: 'README.md', isError: false } })),
  },
];

const bodies = () => fakeProvider.requests.splice(0).map(({ body }) => body as Record<string, unknown>);

test('two steps of a conversation as they are sent, with thoughts under the name that they came by', async () => {
  const calls = [{ id: 'call_a', name: 'shell', input: { command: 'ls' } }];
  fakeProvider.plan(
    'openai',
    steps.answer({ thoughts: [{ text: 'Hm.' }], text: 'Looking.', calls }),
    steps.answer({ text: 'Done.' }),
  );
  const model = open();
  assert.equal(model.name, 'openai/qwen3-coder');
  await ask(model, stepsTaken(await ask(model)));
  const [first, second] = fakeProvider.requests.splice(0);
  const written = (name: string, description: string, parameters: object) => ({
    type: 'function',
    function: { name, description, parameters },
  });
  const constant = {
    model: 'qwen3-coder',
    stream: true,
    stream_options: { include_usage: true },
    tools: [
      written('shell', 'Runs a command.', inputSchema),
      written('list', 'Lists.', { type: 'object', properties: {} }),
    ],
  };
  const beginning = [
    { role: 'system', content: 'You are an agent.' },
    { role: 'user', content: 'Build it' },
  ];
  assert.deepEqual(first?.body, { ...constant, messages: beginning });
  assert.deepEqual(second?.body, {
    ...constant,
    messages: [
      ...beginning,
      {
        role: 'assistant',
        content: 'Looking.',
        reasoning_content: 'Hm.',
        tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'shell', arguments: '{"command":"ls"}' } }],
      },
      { role: 'tool', tool_call_id: 'call_a', content: 'README.md' },
    ],
  });
  assert.equal(first?.path, '/v1/chat/completions');
  assert.equal(first?.headers.authorization, 'Bearer sk-test-0123456789');
});

test('a server that needs no key is asked without one', async () => {
  assert.equal((await ask(open(''))).text, 'Done.');
  assert.equal(fakeProvider.requests.splice(0)[0]?.headers.authorization, undefined);
});

test('a stream that ends with [DONE] alone is whole', async () => {
  const chunk = JSON.stringify({ choices: [{ delta: { content: 'All of it.' } }] });
  fakeProvider.plan('openai', steps.bytes(`data: ${chunk}\n\ndata: [DONE]\n\n`));
  assert.equal((await ask(open())).text, 'All of it.');
});

test('a server that refuses to count is asked without that from then on', async () => {
  fakeProvider.requests.length = 0;
  fakeProvider.plan('openai', steps.failure(400, { message: 'Unknown parameter: stream_options' }));
  const model = open();
  for (let times = 0; times < 2; times++) await ask(model);
  assert.deepEqual(
    bodies().map(({ stream_options }) => stream_options !== undefined),
    [true, false, false],
  );
});

const refuse =
  (body: string, status = 400): steps.Step =>
  async ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  };

test('a whole answer in place of a stream is understood, and an error in its place too', async () => {
  const message = { content: 'At once.', tool_calls: [{ function: { name: 'shell', arguments: { command: 'ls' } } }] };
  const usage = { prompt_tokens: 9, completion_tokens: 3 };
  fakeProvider.plan('openai', refuse(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }], usage }), 200));
  const { text, toolCalls, usage: counted } = await ask(open());
  assert.deepEqual([text, toolCalls[0]?.input, counted.inputTokens], ['At once.', { command: 'ls' }, 9]);
  fakeProvider.plan('openai', refuse(JSON.stringify({ error: { message: 'no tools here', code: 400 } }), 200));
  const failed = await askFor(open(), asked);
  assert.ok(failed.kind === 'failed' && failed.code === 'badRequest' && failed.message.includes('no tools here'));
});

test('what a server says of an error is shown in whatever shape it comes', async () => {
  for (const body of [
    '{"object":"error","message":"the tools are wrong","code":400}',
    '{"error":"the tools are wrong"}',
    '{"detail":"the tools are wrong"}',
    'the tools are wrong',
  ]) {
    fakeProvider.plan('openai', refuse(body));
    const result = await askFor(open(), asked);
    assert.ok(result.kind === 'failed' && result.code === 'badRequest', body);
    assert.match(result.message, /the tools are wrong/);
  }
});

test('thoughts that a server refuses are left out from then on', async () => {
  fakeProvider.plan(
    'openai',
    steps.answer({ thoughts: [{ text: 'Hm.' }], text: 'One.' }),
    steps.failure(400, { message: 'messages[2].reasoning_content: unknown field' }),
  );
  const model = open();
  const context = [...stepsTaken(await ask(model)), { kind: 'user' as const, text: 'On.' }];
  fakeProvider.requests.length = 0;
  for (let times = 0; times < 2; times++) await ask(model, context);
  assert.deepEqual(
    bodies().map((body) => JSON.stringify(body).includes('reasoning_content')),
    [true, false, false],
  );
});
