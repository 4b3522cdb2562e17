// A client comes back to a session whose actor went away (passivated, its host dead, its engine stopped) and misses nothing.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, TestClient } from '../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { waitUntil, waitUntilPassivated } from '../testing/rest.ts';

type Listed = { sessions: { sessionId: string }[] };
type Chats = { chats: { agentSessionId: string; isActive: boolean }[] };

let token: string;
before(async () => {
  token = await signTestToken('ada');
});

async function start(t: TestContext, environment: Record<string, string>): Promise<TestEngine> {
  const engine = await startTestEngine({ environment });
  t.after(() => engine.close());
  return engine;
}

/** The client's events, each once: an acknowledgement may come again. */
const eventsOf = ({ events }: TestClient): Frame[] => [
  ...new Map(events.map((frame) => [frame.sequence, frame])).values(),
];

/** Attaches after the last event of another client. */
function resume(client: TestClient, engine: TestEngine): Promise<TestClient> {
  const { epoch, sequence } = eventsOf(client).at(-1) ?? {};
  const position = `session_id=${client.sessionId}&epoch=${epoch}&last_sequence=${sequence}`;
  return TestClient.open(`${engine.ws}?token=${token}&${position}`);
}

async function get<Body>(engine: TestEngine, path: string): Promise<Body> {
  return (await (await fetch(engine.http + path, { headers: backEndHeadersOf('ada') })).json()) as Body;
}

const isActive = async (engine: TestEngine) => (await get<Chats>(engine, '/api/v1/chats')).chats[0]?.isActive === true;

const tree = [
  {
    name: 'project',
    type: 'folder',
    path: '/workspace/project',
    children: [{ name: 'hello.py', type: 'file', path: '/workspace/project/hello.py' }],
  },
];

const filesOf = (engine: TestEngine, { sessionId }: TestClient) =>
  get(engine, `/api/v1/files/list?session_id=${sessionId}`);

/** Asserts each event once, in order, under epochs that only grow, and all of a whole first turn. */
function assertWhole(events: readonly Frame[]): void {
  const sequences = events.map((frame) => frame.sequence);
  assert.deepEqual(
    sequences,
    events.map((_, at) => at + 1),
  );
  const epochs = events.map((frame) => frame.epoch ?? 0);
  assert.deepEqual(
    epochs,
    [...epochs].sort((a, b) => a - b),
  );
  const names = events.map((frame) => frame.eventType ?? frame.status);
  for (const once of ['initializing', 'InitialTask', 'mock_mode', 'FileWriteAction', 'FileWriteObservation'])
    assert.equal(names.filter((name) => name === once).length, 1, once);
}

const stop = async (client: TestClient): Promise<void> => {
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
};

/** The engine is stopped long before the last test asks for it, since a drain gives turns ten seconds. */
async function stopInMidTurn(engine: TestEngine) {
  const client = await TestClient.start(engine.ws, token, 'interrupted by a restart');
  await client.waitFor('first step', (frame) => frame.eventType === 'ThinkAction');
  return { client, isStored: engine.stop() };
}
let stoppedEngine: TestEngine;
let stopping: ReturnType<typeof stopInMidTurn>;
before(async () => {
  stoppedEngine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '4000' } });
  stopping = stopInMidTurn(stoppedEngine);
  stopping.catch(() => undefined); // The test that awaits it fails by the error.
});
after(() => stoppedEngine?.close());

test('a client that stays goes on with a passivated session by its next message, and notices nothing', async (t) => {
  const engine = await start(t, { HIBERNATE_AFTER: '0' });
  const client = await TestClient.start(engine.ws, token, 'sleep well');
  const first = await client.waitForStatus('completed');
  await waitUntilPassivated(engine);
  assert.equal((await get<Listed>(engine, '/api/v1/sessions')).sessions.length, 1);
  client.send({ type: 'message', id: 'wake up', content: 'good morning' });
  const acknowledged = await client.waitFor('ack', (frame) => frame.id === 'wake up');
  assert.equal(acknowledged.epoch, 2);
  await client.waitForStatus('completed', first.sequence);
  const listing = client.events.findLast((frame) => frame.eventType === 'CmdOutputObservation');
  assert.deepEqual([listing?.content, listing?.exitCode], ['hello.py\n', 0]);

  await waitUntilPassivated(engine);
  assert.deepEqual(await filesOf(engine, client), { tree });
  await waitUntilPassivated(engine);
  client.send({ type: 'message', id: 'wake up', content: 'good morning' });
  await client.waitFor('ack', () => client.frames.filter((frame) => frame.id === 'wake up').length === 2);
  assert.deepEqual(
    client.frames.findLast((frame) => frame.id === 'wake up'),
    acknowledged,
  );

  await waitUntilPassivated(engine);
  assert.equal(await isActive(engine), true);
  await client.close();
  await waitUntil(async () => !(await isActive(engine)));
  const back = await resume(client, engine);
  await waitUntil(() => isActive(engine));
  await stop(back);
  assertWhole([...eventsOf(client), ...back.events]);
});

test('a client that comes back to a session that everybody left goes on with it', async (t) => {
  const engine = await start(t, { RECONNECT_GRACE: '0' });
  const client = await TestClient.start(engine.ws, token, 'wait for me');
  await client.waitForStatus('completed');
  await client.close();
  await waitUntilPassivated(engine);
  await waitUntil(async () => (await get<Listed>(engine, '/api/v1/sessions')).sessions.length === 0);
  assert.equal(await isActive(engine), false);
  assert.deepEqual(await filesOf(engine, client), { tree });

  for (let times = 0; times < 10; times++) {
    const hasty = new TestClient(`${engine.ws}?token=${token}&session_id=${client.sessionId}`);
    hasty.socket.on('open', () => hasty.socket.terminate());
    await hasty.closed;
  }
  await waitUntil(async () => (await get<Listed>(engine, '/api/v1/sessions')).sessions.length === 0);

  const back = await resume(client, engine);
  assert.equal((await back.waitForType('attached')).recovered, true);
  await waitUntil(() => isActive(engine));
  back.send({ type: 'message', content: 'here I am' });
  const done = await back.waitForStatus('completed');
  assert.equal(done.reason, 'finished');
  await stop(back);
  assertWhole([...client.events, ...back.events]);
});

test('a client that left in mid-turn finds the turn completed', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '50', RECONNECT_GRACE: '0' });
  const client = await TestClient.start(engine.ws, token, 'go on without me');
  await client.waitFor('first step', (frame) => frame.eventType === 'ThinkAction');
  client.socket.terminate();
  await client.closed;
  await waitUntilPassivated(engine);
  const back = await resume(client, engine);
  await back.waitForStatus('completed');
  assertWhole([...client.events, ...back.events]);
  await stop(back);
});

test('a client goes on where it left its session after a restart of the engine', async (t) => {
  const first = await startTestEngine();
  const engines = [first];
  t.after(async () => {
    for (const engine of engines.toReversed()) await engine.close(); // The first engine drops the database.
  });
  const client = await TestClient.start(first.ws, token, 'outlive the engine');
  await client.waitForStatus('completed');
  assert.equal(await first.stop(), true);
  assert.equal(await client.closed, 1001);
  const goodbye = client.frames.at(-1);
  assert.deepEqual([goodbye?.type, goodbye?.code, goodbye?.retryable], ['error', 'draining', true]);

  const second = await startTestEngine({ databaseUrl: first.databaseUrl });
  engines.push(second);
  const back = await resume(client, second);
  const attached = await back.waitForType('attached');
  assert.deepEqual([attached.recovered, attached.sequence], [true, client.events.length]);
  back.send({ type: 'message', content: 'and on' });
  const done = await back.waitForStatus('completed');
  assert.ok((done.epoch ?? 0) > (client.events.at(-1)?.epoch ?? 0));
  assert.deepEqual(await filesOf(second, client), { tree });
  const fresh = await TestClient.open(`${second.ws}?token=${token}&session_id=${client.sessionId}`);
  await fresh.waitForStatus('completed', client.events.length);
  await stop(back);
  assert.equal(await fresh.closed, 1000);
  assertWhole(fresh.events);
  assert.deepEqual([...client.events, ...back.events], fresh.events);
});

test('a client sees the end of a short turn before its engine stops', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '800' });
  const client = await TestClient.start(engine.ws, token, 'almost done');
  await client.waitFor('first step', (frame) => frame.eventType === 'ThinkAction');
  const stopping = engine.stop();
  client.send({ type: 'message', id: 'too late', content: 'one more thing' });
  const refused = await client.waitFor('refusal', (frame) => frame.id === 'too late');
  assert.deepEqual([refused.type, refused.code, refused.retryable], ['error', 'draining', true]);
  assert.equal(await stopping, true);
  assert.equal(await client.closed, 1001);
  assert.equal(client.events.at(-1)?.status, 'completed');
  assertWhole(client.events);
});

test('a client sees its turn go on after the host died in the middle of it', async (t) => {
  const engine = await start(t, { MOCK_STEP_DELAY_MS: '1500' });
  const client = await TestClient.start(engine.ws, token, 'survive');
  await client.waitFor('a step', (frame) => frame.eventType === 'CmdRunAction');
  engine.supervisor.endHost(0);
  const done = await client.waitForStatus('completed');
  assert.equal(done.reason, 'finished');
  assert.ok((done.epoch ?? 0) > 1);
  assertWhole(client.events);
  assert.deepEqual(await filesOf(engine, client), { tree });
  await stop(client);
});

test('a message to a dead host is refused with retryable, and is one message however often it is sent again', async (t) => {
  const engine = await start(t, { HOST_THREADS: '1' });
  const client = await TestClient.start(engine.ws, token, 'anybody there?');
  const first = await client.waitForStatus('completed');
  const newcomer = await TestClient.open(`${engine.ws}?token=${token}`);
  engine.supervisor.endHost(0);
  newcomer.send({ task: 'a bad moment' });
  let refusal: number | undefined;
  void newcomer.closed.then((code) => {
    refusal = code;
  });
  const answers = () => client.frames.filter((frame) => frame.id === 'persistent');
  const send = async () => {
    const answered = answers().length;
    client.send({ type: 'message', id: 'persistent', content: 'hello?' });
    await client.waitFor('answer', () => answers().length > answered);
  };
  for (await send(); answers().at(-1)?.type === 'error'; await send()) {
    const { code, retryable } = answers().at(-1) as Frame;
    assert.deepEqual([code, retryable], ['noAnswer', true]);
    await delay(20);
  }
  // The host is away for a quarter of a second only, which a busy machine may sleep through.
  await waitUntil(() => refusal !== undefined || newcomer.frames.some(({ status }) => status === 'initializing'));
  if (refusal !== undefined) {
    const { code, retryable } = newcomer.frames.at(-1) as Frame;
    assert.deepEqual([refusal, code, retryable], [4029, 'noAnswer', true]);
  }
  await client.waitForStatus('completed', first.sequence);
  await stop(client);
  assertWhole(eventsOf(client));
  assert.equal(eventsOf(client).filter((frame) => frame.eventType === 'UserMessage').length, 1);
});

test('a client sees a turn that its stopping engine could not wait for go on in the next engine', async (t) => {
  const { client, isStored } = await stopping;
  assert.equal(await isStored, true);
  assert.equal(await client.closed, 1001);
  const names = client.events.map((frame) => frame.eventType ?? frame.status);
  assert.ok(!names.includes('completed'));
  const next = await startTestEngine({ databaseUrl: stoppedEngine.databaseUrl });
  t.after(() => next.close());
  const back = await resume(client, next);
  const done = await back.waitForStatus('completed');
  assert.equal(done.reason, 'finished');
  assertWhole([...client.events, ...back.events]);
  assert.deepEqual(await filesOf(next, client), { tree });
  await stop(back);
});
