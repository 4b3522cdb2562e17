// An engine with one more provider and one more tool, of one file and one line each, works with both.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { signTestToken } from '../testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';
import { callAs } from '../testing/rest.ts';

const ownKey = 'echo-own-0123456789abcdef';

/** Takes no key. */
let fakeProvider: Server;
let keysSeen: unknown[] = [];
let database: TestDatabase;
let engine: EngineProcess;

before(async () => {
  fakeProvider = createServer(({ headers, url }, response) => {
    keysSeen.push([url, headers['x-echo-key']]);
    response.writeHead(401).end();
  });
  await new Promise<void>((resolve) => fakeProvider.listen(0, '127.0.0.1', resolve));
  database = await createTestDatabase();
  const environment = {
    ECHO_API_KEY: ownKey,
    DEFAULT_MODEL_PROVIDER: 'echo',
    LLM_BASE_URL: `http://127.0.0.1:${(fakeProvider.address() as AddressInfo).port}`,
    SANDBOX: 'memory',
    HOST_THREADS: '1',
  };
  const addition = new URL('../testing/one-more/add-to-registries.ts', import.meta.url);
  engine = await startEngineProcess(database.url, environment, ['--import', addition.href]);
});
after(async () => {
  fakeProvider?.close();
  await engine?.kill();
  await database?.drop();
});

test('one more provider answers and one more tool is called; both are stored, shown and billed', async () => {
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), `hello ${ownKey}`, {});
  const completed = await client.waitForStatus('completed');
  const seen = client.events
    .filter(({ type }) => type === 'agent_event')
    .map(({ event, eventType, content }) => [event, eventType, content]);
  assert.deepEqual(seen, [
    ['action', 'MessageAction', 'I shout.'],
    ['action', 'ShoutAction', 'hello [secret]'],
    ['observation', 'ShoutObservation', 'HELLO [SECRET]'],
    ['action', 'AgentFinishAction', 'I heard HELLO [SECRET]'],
  ]);
  assert.equal(completed.reason, 'finished');
  assert.equal((completed.usage as { costUsd: number }).costUsd, 6);
  const { body } = await callAs<{ chats: { modelProvider: string }[] }>(engine, 'ada', 'GET', '/api/v1/chats');
  assert.deepEqual(
    body.chats.map(({ modelProvider }) => modelProvider),
    ['echo'],
  );
});

test('one more provider is listed in GET /, in the documents and in errors', async () => {
  const { body: status } = await callAs<{ llm_model: string }>(engine, 'ada', 'GET', '/');
  assert.equal(status.llm_model, 'echo/echo-1');
  const { body: document } = await callAs<object>(engine, 'ada', 'GET', '/openapi.json');
  assert.match(JSON.stringify(document), /"enum":\["anthropic","google","openai","echo","",null\]/);
  const create = { task: 'Do it.', autoStart: true };
  type Problem = { code: string; detail: string };
  const unknown = await callAs<Problem>(engine, 'ada', 'POST', '/api/v1/sessions', { ...create, modelProvider: 'no' });
  assert.equal(unknown.body.detail, 'The model provider must be "anthropic", "google", "openai" or "echo".');
  keysSeen = [];
  const wrong = await callAs<Problem>(engine, 'ada', 'POST', '/api/v1/sessions', {
    ...create,
    apiKey: 'echo-wrong-key',
  });
  assert.deepEqual([wrong.body.code, wrong.body.detail], ['wrongKey', 'Echo does not accept this API key.']);
  assert.deepEqual(keysSeen, [['/echo/keys', 'echo-wrong-key']]);
});
