// What people choose for a session or a message reaches the provider; what they can't have is refused with what there is.
import assert from 'node:assert/strict';
import { providerNames } from '../../actors/models/providers/registry.ts';
import type { FakeProvider } from '../../actors/testing/provider/fake-provider.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const agents = shareTestAgents('local', {
  environment: { MAX_ITERATIONS: '20', ALLOWED_MODELS: 'anthropic/claude-*,google/*' },
});

type Asked = { model?: string; tools?: { name: string }[] };
const askedOf = ({ answerRequests }: FakeProvider): Asked[] => answerRequests.map(({ body }) => body as Asked);
const modelsOf = (fakeProvider: FakeProvider) => askedOf(fakeProvider).map(({ model }) => model);

testIn.local('a session’s model and tools are asked, and a message has its own for its turn', async () => {
  const { engine, fakeProvider } = await agents();
  fakeProvider.answerOtherwise(answer({ text: 'Done.' }));
  const post = (path: string, body: object) => callAs<{ sessionId: string }>(engine, 'ada', 'POST', path, body);
  const choice = { model: 'claude-opus-5-5', effort: 'high', tools: ['read', 'shell'] };
  const created = await post('/api/v1/sessions', { task: 'Look', autoStart: true, ...choice });
  assert.equal(created.status, 200);
  const { sessionId } = created.body;
  const hasTurns = (turns: number) => async () =>
    (await callAs<{ usage: { turns: number } }>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body.usage
      .turns === turns;
  await waitUntil(hasTurns(1));
  const messages = `/api/v1/sessions/${sessionId}/messages`;
  assert.equal((await post(messages, { content: 'Again', model: 'claude-haiku-5-5', tools: ['read'] })).status, 200);
  await waitUntil(hasTurns(2));
  assert.equal((await post(messages, { content: 'And again' })).status, 200);
  await waitUntil(hasTurns(3));
  assert.deepEqual(modelsOf(fakeProvider), ['claude-opus-5-5', 'claude-haiku-5-5', 'claude-opus-5-5']);
  const names = askedOf(fakeProvider).map(({ tools = [] }) => tools.map(({ name }) => name));
  assert.deepEqual([names[0]?.includes('read'), names[0]?.includes('write')], [true, false]);
  assert.deepEqual([names[1]?.includes('read'), names[1]?.length], [true, 2]); // And the one that ends a turn.
  assert.deepEqual(names[2], names[0]);
});

testIn.local('a message of a WebSocket can go to another provider, and the session comes back to its own', async () => {
  const held = await agents();
  held.fakeProvider.answerOtherwise(answer({ text: 'Done.' }));
  const client = await held.startClient('Look', { model: 'anthropic/claude-sonnet-4-6' });
  const first = await client.waitForStatus('completed');
  client.send({ type: 'message', content: 'Again', model: 'google/gemini-4-neon' });
  const second = await client.waitForStatus('completed', first.sequence);
  client.send({ type: 'message', content: 'And again' });
  const third = await client.waitForStatus('completed', second.sequence);
  assert.deepEqual([second.reason, third.reason], ['finished', 'finished']);
  const asked = held.fakeProvider.answerRequests.map(({ path }) => path.split('?')[0]);
  assert.deepEqual(asked, ['/v1/messages', '/v1beta/models/gemini-4-neon:streamGenerateContent', '/v1/messages']);
});

testIn.local('what can’t be had is refused by REST with what there is, and nothing begins', async () => {
  const { engine, fakeProvider } = await agents();
  const refusalOf = async (more: object) => {
    const { status, body } = await callAs<{ code: string; detail: string; errors: { path: string }[] }>(
      engine,
      'eve',
      'POST',
      '/api/v1/sessions',
      { task: 'Look', autoStart: true, ...more },
    );
    return [status, body.code, body.errors[0]?.path, body.detail] as const;
  };
  for (const [more, path, detail] of [
    [{ model: 'openai/gpt' }, 'model', /there are anthropic\/claude-/],
    [{ model: 'google/gemini-4-neon', modelProvider: 'anthropic' }, 'model', /another provider/],
    [{ effort: 'ultra' }, 'effort', /one of low, medium/],
    [{ policy: { rules: [{ tool: 'run', decision: 'deny' }] } }, 'policy.rules.0.tool', /must name one of shell, /],
    [{ policy: { rules: [{ comand: 'rm', decision: 'deny' }] } }, 'policy.rules.0.comand', /is no field here/],
    [{ mcpServers: { web: { type: 'sse', url: 'https://x.example' } } }, 'mcpServers.web', /must be \{ command/],
    [JSON.parse('{"mcpServers":{"__proto__":{"command":"true"}}}'), 'mcpServers', /must not have the name __proto__/],
    [{ tools: ['reed'] }, 'tools.0', /must be one of/],
    [{ budgetUsd: -1 }, 'budgetUsd', /at least/],
    [{ maxIterations: 21 }, 'maxIterations', /at most 20 at this engine/],
    [{ budgetUSD: 1 }, 'budgetUSD', /there are .*budgetUsd/],
  ] as const) {
    const [status, code, ofPath, said] = await refusalOf(more);
    assert.deepEqual([status, code, ofPath], [422, 'invalid', path]);
    assert.match(said, detail);
  }
  assert.equal(fakeProvider.answerRequests.length, 0);
});

testIn.local('on a WebSocket a refused choice leaves the session as it is, and an unknown field is told', async () => {
  const held = await agents();
  held.fakeProvider.answerOtherwise(answer({ text: 'Done.' }));
  const client = await held.startClient('Look');
  const first = await client.waitForStatus('completed');
  client.sendRaw({ type: 'message', id: 'm-1', content: 'Again', model: 'openai/gpt' });
  const refused = await client.waitForType('error');
  assert.deepEqual([refused.code, refused.id], ['invalid', 'm-1']);
  client.sendRaw({ type: 'message', id: 'm-2', content: 'Again', modle: 'claude-opus-5-5', userId: 'ada' });
  const told = await client.waitFor('the second error', ({ code }) => code === 'unknownField');
  assert.match(told.message ?? '', /^modle is no field here; there are .*model/);
  assert.equal((await client.waitForStatus('completed', first.sequence)).reason, 'finished');
  assert.equal(held.fakeProvider.answerRequests.length, 2);
});

testIn.local('what can be chosen is listed, with prices and abilities, and can be chosen', async () => {
  const { engine, fakeProvider } = await agents();
  fakeProvider.answerOtherwise(answer({ text: 'Done.' }));
  type Listed = { models: { model: string; isDefault: boolean; needsKey: boolean }[]; takesAnyName: boolean };
  const { status, body } = await callAs<Listed>(engine, 'ada', 'GET', '/api/v1/models');
  assert.equal(status, 200);
  const haiku = body.models.find(({ model }) => model === 'anthropic/claude-haiku-5-5');
  assert.partialDeepStrictEqual(haiku, {
    contextTokens: 1_000_000,
    prices: { input: 0.1, long: { aboveTokens: 100_000, input: 0.5 } },
    abilities: { tools: true, sees: true, thinks: true, efforts: ['low', 'medium', 'high', 'max'] },
    isDefault: false,
    needsKey: false,
  });
  assert.deepEqual(
    body.models.filter(({ isDefault }) => isDefault).map(({ model }) => model.split('/')[0]),
    providerNames,
  );
  assert.equal(body.takesAnyName, false);
  for (const { model } of body.models) {
    const created = await callAs(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'Look', model });
    assert.equal(created.status, 200, model);
  }
  assert.equal((await fetch(`${engine.http}/api/v1/models`)).status, 401);
});
