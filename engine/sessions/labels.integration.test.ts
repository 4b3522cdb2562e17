// Labels at an engine alone: it has what its NODE_LABELS say, and refuses everything else in a sentence.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';

let database: TestDatabase;

before(async () => {
  database = await createTestDatabase();
});
after(() => database?.drop());

type Answer = { sessionId: string; code?: string; detail?: string; errors?: { path: string; message: string }[] };

const startWith = (labels: string): Promise<TestEngine> =>
  startTestEngine({ environment: { NODE_LABELS: labels, NODE_NAME: 'n' }, databaseUrl: database.url });

/** PostgreSQL may be slow on a busy machine. */
async function post(engine: TestEngine, path: string, body: object) {
  for (;;) {
    const answer = await callAs<Answer>(engine, 'ada', 'POST', path, body);
    if (answer.body.code !== 'storageUnavailable') return answer;
  }
}

const make = (engine: TestEngine, labels: unknown) =>
  post(engine, '/api/v1/sessions', { task: 'Emit 1 event', labels });

/** @returns a client and what it was answered */
async function begin({ ws }: TestEngine, first: object): Promise<readonly [TestClient, Frame]> {
  for (;;) {
    const client = await TestClient.open(`${ws}?token=${await signTestToken('ada')}`);
    client.sendRaw(first);
    const isAnswer = ({ type, status }: Frame) => ['attached', 'error'].includes(type) || status === 'initializing';
    const answer = await client.waitFor('an answer', isAnswer);
    if (answer.code !== 'storageUnavailable') return [client, answer];
    await client.close();
  }
}

const lacks = 'No engine that takes sessions now has the label gpu=true.';

test('a session that asks for a label of the engine begins, and waits for it where the engine starts again without', async (t) => {
  const first = await startWith('region=eu,gpu=true');
  t.after(() => first.close());
  const [client] = await begin(first, { task: 'Emit 1 event', labels: { gpu: 'true' } });
  await client.waitForStatus('completed');
  const { sessionId } = client;
  await first.close();

  const second = await startWith('region=eu');
  t.after(() => second.close());
  const [refused] = await begin(second, { session_id: sessionId });
  const refusal = await refused.waitForType('error');
  assert.partialDeepStrictEqual(refusal, { code: 'noFittingEngine', message: lacks, retryable: true });
  assert.equal(await refused.closed, 4029);
  const said = await post(second, `/api/v1/sessions/${sessionId}/messages`, { content: 'Go on' });
  assert.deepEqual([said.status, said.body.detail], [503, lacks]);
  await second.close();

  const third = await startWith('gpu=true');
  t.after(() => third.close());
  const [again] = await begin(third, { session_id: sessionId });
  again.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
  await again.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
});

test('an engine that lacks a label refuses the session over REST and WebSocket, and takes one that asks for none', async (t) => {
  const engine = await startWith('region=eu');
  t.after(() => engine.close());
  const answer = await make(engine, { region: 'eu', gpu: 'true' });
  assert.deepEqual([answer.status, answer.body.code, answer.body.detail], [503, 'noFittingEngine', lacks]);
  const [client, refusal] = await begin(engine, { task: 'Emit 1 event', labels: { gpu: 'true' } });
  assert.partialDeepStrictEqual(refusal, { code: 'noFittingEngine', message: lacks });
  assert.equal(await client.closed, 4029);
  for (const labels of [undefined, null, {}, { region: 'eu' }]) assert.equal((await make(engine, labels)).status, 200);
});

test('labels that are none are refused with what is wrong', async (t) => {
  const engine = await startWith('');
  t.after(() => engine.close());
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`l${at}`, 'a']));
  for (const [labels, message] of [
    [{ gpu: true }, /string/i],
    [['gpu'], /./],
    ['gpu=true', /./],
    [{ '': 'a' }, /letter or digit/],
    [{ gpu: '' }, /letter or digit/],
    [{ gpu: 'a\nb' }, /letter or digit/],
    [{ gpu: 'x'.repeat(64) }, /63/],
    [{ constructor: 'a' }, /constructor/],
    [many, /at most 16/],
  ] as const) {
    const { status, body } = await make(engine, labels);
    assert.equal(status, 422, JSON.stringify(labels));
    assert.match(JSON.stringify(body.errors), message);
    assert.match(JSON.stringify(body.errors), /"path":"labels/);
  }
});
