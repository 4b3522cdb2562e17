// What OpenAI's own models that think are sent and asked for, and that what it sealed of their thoughts comes back to it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeProvider } from '../../../testing/provider/fake-provider.ts';
import * as steps from '../../../testing/provider/steps.ts';
import { Draft } from '../../draft.ts';
import type { Answer, ContextEntry, Model, ModelRequest } from '../../model.ts';
import { openModel } from '../../open-model.ts';
import { makeResponsesAsk } from './ask-responses.ts';
import { openai } from './openai.ts';
import { ResponsesAnswerReader } from './responses-answer.ts';
import { writeResponsesRequest } from './responses-request.ts';

let fakeProvider: FakeProvider;
before(async () => {
  fakeProvider = await FakeProvider.open();
});
after(() => fakeProvider?.close());

const open = (): Model =>
  openModel({
    provider: { ...openai, load: async () => makeResponsesAsk },
    apiKey: 'sk-test-0123456789',
    settings: { modelNames: { openai: 'gpt-6.2-sol' }, baseUrl: fakeProvider.url, bounds: { retryWaitMsMax: 2 } },
    effort: 'max',
  });

const inputSchema = { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] };
const tools: ModelRequest['tools'] = [{ name: 'shell', description: 'Runs a command.', inputSchema }];
const asked: ContextEntry[] = [{ kind: 'user', text: 'Build it' }];

async function ask(model: Model, context: ContextEntry[] = asked): Promise<Answer> {
  const options = { signal: new AbortController().signal, onDelta: () => undefined };
  const result = await model.answer({ system: 'You are an agent.', context, tools }, options);
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

const thinking = {
  thoughts: [{ text: 'Hm.', signature: 'gAAAA' }],
  text: 'Looking.',
  calls: [{ id: 'call_a', name: 'shell', input: { command: 'ls' } }],
};

test('two steps of a conversation as they are sent: nothing is kept at OpenAI, and sealed thoughts come back', async () => {
  fakeProvider.plan('openai', steps.answer(thinking), steps.answer({ text: 'Done.' }));
  const model = open();
  await ask(model, stepsTaken(await ask(model)));
  const [first, second] = fakeProvider.requests.splice(0);
  assert.ok(first);
  const { prompt_cache_key, ...body } = first.body as Record<string, unknown>;
  const constant = {
    model: 'gpt-6.2-sol',
    instructions: 'You are an agent.',
    tools: [
      { type: 'function', name: 'shell', description: 'Runs a command.', parameters: inputSchema, strict: false },
    ],
    reasoning: { summary: 'auto', effort: 'max' },
    include: ['reasoning.encrypted_content'],
    max_output_tokens: 32_000,
    store: false,
    stream: true,
  };
  const beginning = { role: 'user', content: [{ type: 'input_text', text: 'Build it' }] };
  assert.deepEqual(body, { ...constant, input: [beginning] });
  assert.deepEqual(second?.body, {
    ...constant,
    prompt_cache_key,
    input: [
      beginning,
      {
        type: 'reasoning',
        id: 'rs_0',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'gAAAA',
      },
      { role: 'assistant', content: 'Looking.' },
      { type: 'function_call', call_id: 'call_a', name: 'shell', arguments: '{"command":"ls"}' },
      { type: 'function_call_output', call_id: 'call_a', output: 'README.md' },
    ],
  });
  assert.equal(first.path, '/v1/responses');
  assert.equal(first.headers.authorization, 'Bearer sk-test-0123456789');
});

test('thoughts that OpenAI does not open any more are left out from then on', async () => {
  const message = 'The encrypted content gAAA... could not be verified.';
  fakeProvider.plan('openai', steps.answer(thinking), steps.failure(400, { message }));
  const model = open();
  const context = stepsTaken(await ask(model));
  fakeProvider.requests.length = 0;
  for (let times = 0; times < 2; times++) await ask(model, context);
  const bodies = fakeProvider.requests.splice(0).map(({ body }) => JSON.stringify(body));
  assert.deepEqual(
    bodies.map((body) => body.includes('"type":"reasoning"')),
    [true, false, false],
  );
});

test('an account that may not see thoughts is asked without them', async () => {
  const message = 'Your organization must be verified to generate reasoning summaries.';
  fakeProvider.plan('openai', steps.failure(400, { message }));
  const model = open();
  for (let times = 0; times < 2; times++) await ask(model);
  const bodies = fakeProvider.requests.splice(0).map(({ body }) => body as { reasoning?: object });
  assert.deepEqual(
    bodies.map(({ reasoning }) => reasoning !== undefined),
    [true, false, false],
  );
});

const inputOf = (context: ContextEntry[]) =>
  writeResponsesRequest(
    { system: '', context, tools: [] },
    { model: 'm', effort: undefined, thinks: true, givesThoughts: true },
  ).input;

test('each thought stands where it stood, and images stand where they were seen', () => {
  const answered = (id: string) => ({
    call: { id, name: 'shell', input: {} },
    observation: { text: '', isError: false },
  });
  const thought = (id: string, behind?: { chars: number; calls: number }) => ({
    text: '',
    signature: `openai-sealed:${id} x`,
    ...(behind && { behind }),
  });
  const thoughts = [
    thought('rs_1'),
    thought('rs_2', { chars: 3, calls: 1 }),
    { text: 'Other', signature: 'of another' },
  ];
  const image = { mediaType: 'image/png' as const, dataBase64: 'AAAA', digest: 'd', size: 3, width: 1, height: 1 };
  const context: ContextEntry[] = [
    { kind: 'user', text: 'Look', images: [image] },
    { kind: 'answer', thoughts, text: 'One two', calls: [answered('a'), answered('b')] },
  ];
  const items = inputOf(context) as {
    type?: string;
    role?: string;
    id?: string;
    call_id?: string;
    content?: unknown;
  }[];
  assert.deepEqual(
    items.map(({ type, role, id, call_id, content }) => id ?? call_id ?? (role === 'user' ? type : content)),
    [undefined, 'rs_1', 'One', 'a', 'rs_2', ' two', 'b', 'a', 'b'],
  );
  assert.deepEqual(items[0]?.content, [
    { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
    { type: 'input_text', text: 'Look' },
  ]);
});

function readEvents(events: object[]) {
  const ports = { onDelta: () => undefined, onSign: () => undefined, onComplete: () => undefined };
  const draft = new Draft({ answerCharsMax: 10_000, answerCallsMax: 20 }, ports);
  const reader = new ResponsesAnswerReader(draft, { model: 'gpt-x', requestChars: 700 });
  for (const event of events) {
    const result = reader.readEvent(event);
    if (result) return { result, draft };
  }
  return { result: undefined, draft };
}

test('what is not known yet is passed over, and a failure in the middle has its meaning', () => {
  const added = { type: 'response.output_item.added', output_index: 0, item: { type: 'message' } };
  const said = { type: 'response.output_text.delta', delta: 'x'.repeat(35) };
  const broken = readEvents([{ type: 'response.new_thing.delta', delta: 7 }, added, said]);
  assert.equal(broken.result, undefined);
  const estimated = { inputTokens: 200, outputTokens: 10, cachedTokens: 0, cacheWriteTokens: 0 };
  assert.deepEqual(broken.draft.spentTokens, estimated);
  const failed = readEvents([
    { type: 'response.failed', response: { error: { code: 'rate_limit_exceeded', message: 'Slow down.' } } },
  ]);
  assert.ok(failed.result?.kind === 'failed' && failed.result.code === 'rateLimited');
  const nested = readEvents([{ type: 'error', error: { code: 'server_error', message: 'It broke.' } }]);
  assert.ok(nested.result?.kind === 'failed' && nested.result.code === 'overloaded');
});
