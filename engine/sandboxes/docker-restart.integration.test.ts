// When an engine stops, crashes or loses a host, containers are kept for sessions that go on, and others are removed.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { sql } from 'slonik';
import { dockerTest } from '../../sandbox/testing/docker-sandboxes.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase, runStatement } from '../testing/database.ts';
import { DockerBase } from '../testing/docker.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';
import { waitUntil } from '../testing/rest.ts';

/** A base path and a database, for one engine after another. */
class Place {
  readonly base: DockerBase;
  readonly databaseUrl: string;
  readonly #engines: TestEngine[] = [];

  private constructor(base: DockerBase, databaseUrl: string) {
    this.base = base;
    this.databaseUrl = databaseUrl;
  }

  static async of(t: TestContext): Promise<Place> {
    const [base, database] = await Promise.all([DockerBase.create(), createTestDatabase()]);
    const place = new Place(base, database.url);
    t.after(async () => {
      for (const engine of place.#engines) await engine.close();
      await database.drop();
      await base.remove();
    });
    return place;
  }

  async start(environment: Record<string, string> = {}): Promise<TestEngine> {
    const engine = await startTestEngine({
      environment: { ...this.base.environment, ...environment },
      options: { reaperIntervalMs: 500 },
      databaseUrl: this.databaseUrl,
    });
    this.#engines.push(engine);
    return engine;
  }
}

const startSession = async ({ ws }: { ws: string }, task: string, more: object = {}) =>
  TestClient.start(ws, await signTestToken('ada'), task, more);

/** Attaches where another client left off. */
async function resumeSession({ ws }: { ws: string }, { sessionId, events }: TestClient): Promise<TestClient> {
  const { epoch, sequence } = events.at(-1) ?? {};
  const position = `session_id=${sessionId}&epoch=${epoch}&last_sequence=${sequence}`;
  return TestClient.open(`${ws}?token=${await signTestToken('ada')}&${position}`);
}

const idOf = (base: DockerBase, { sessionId }: TestClient) => base.findId(sessionId);

const observationsOf = ({ events }: TestClient) =>
  events.filter((frame) => frame.eventType === 'CmdOutputObservation').map((frame) => frame.content);

const isWritten = (frame: Frame) => frame.eventType === 'FileWriteObservation';

dockerTest(
  'an engine that stops removes its unused containers, and pauses those that its sessions come back to',
  async (t) => {
    const place = await Place.of(t);
    const { base } = place;
    const first = await place.start({ SANDBOX_WARM: '1' });
    const client = await startSession(first, 'outlive the engine');
    await client.waitForStatus('completed');
    await waitUntil(async () => (await base.listWarm()).length === 1);
    const id = await idOf(base, client);
    assert.equal(await first.stop(), true);
    assert.deepEqual([await base.listWarm(), (await base.listLeft()).length], [[], 2]);
    assert.equal(await base.isPaused(client.sessionId), true);

    const second = await place.start();
    const back = await resumeSession(second, client);
    back.send({ type: 'message', content: 'and on' });
    await back.waitForStatus('completed');
    assert.deepEqual(observationsOf(back), ['hello.py\n']);
    assert.equal(await idOf(base, client), id);
    back.send({ type: 'stop' });
    await back.closed;
    await second.stop();
    assert.deepEqual(await base.listLeft(), []);
  },
);

dockerTest(
  'an engine that still runs when the next one starts leaves alone the containers that the next one took over',
  async (t) => {
    const place = await Place.of(t);
    const { base } = place;
    const first = await place.start();
    const client = await startSession(first, 'move over');
    await client.waitForStatus('completed');
    const second = await place.start();
    const fresh = await startSession(second, 'begin here');
    const begun = await fresh.waitForStatus('completed');
    await first.stop();
    const back = await resumeSession(second, client);
    back.send({ type: 'message', content: 'and on' });
    const moved = await back.waitForStatus('completed');
    assert.deepEqual([await base.isPaused(back.sessionId), await base.isPaused(fresh.sessionId)], [false, false]);
    for (const each of [back, fresh]) each.send({ type: 'message', content: 'still here?' });
    await back.waitForStatus('completed', moved.sequence);
    await fresh.waitForStatus('completed', begun.sequence);
    assert.deepEqual(observationsOf(back), ['hello.py\n', 'hello.py\n']);
    assert.equal(observationsOf(fresh).at(-1), 'hello.py\n');
  },
);

dockerTest('after kill -9 a turn goes on in its container, and unused containers are removed', async (t) => {
  const place = await Place.of(t);
  const { base } = place;
  const environment = { ...base.environment, SANDBOX_WARM: '1', MOCK_STEP_DELAY_MS: '5000', LOG_LEVEL: 'info' };
  const killed = await startEngineProcess(place.databaseUrl, environment);
  t.after(() => killed.kill());
  const needsItsClient = { gitToken: 'a token that is in memory only' };
  const [client, over, waits] = await Promise.all([
    startSession(killed, 'go on'),
    startSession(killed, 'be over'),
    startSession(killed, 'wait', needsItsClient),
  ]);
  await Promise.all([client, over, waits].map((each) => each.waitForStatus('mock_mode')));
  await waitUntil(async () => (await base.listWarm()).length === 1);
  const [id, waiting, warm] = [await idOf(base, client), await idOf(base, waits), await base.listWarm()];
  await client.waitFor('file', isWritten);
  await killed.kill();
  assert.ok(!client.events.some(({ status }) => status === 'completed'));
  await runStatement(
    place.databaseUrl,
    sql.unsafe`UPDATE lucid_engine.agent_sessions SET state = 'stopped' WHERE id = ${over.sessionId}`,
  );

  const engine = await place.start();
  const back = await resumeSession(engine, client);
  await back.waitForStatus('completed');
  assert.equal(await idOf(base, client), id);
  const all = [...client.events, ...back.events];
  assert.deepEqual(
    all.map(({ sequence }) => sequence),
    all.map((_, at) => at + 1),
  );
  assert.deepEqual(observationsOf(back), ['Hello from Lucid!\n'], 'what was written before is run now');
  await waitUntil(async () => (await idOf(base, over)) === undefined);
  await waitUntil(async () => !(await base.listWarm()).some((name) => warm.includes(name)));
  await waitUntil(() => base.isPaused(waits.sessionId));
  assert.equal(await idOf(base, waits), waiting);
});

dockerTest(
  'when a host dies its sessions keep their containers, and those that it made ahead are removed',
  async (t) => {
    const place = await Place.of(t);
    const { base } = place;
    const engine = await place.start({ SANDBOX_WARM: '1', MOCK_STEP_DELAY_MS: '4000' });
    const client = await startSession(engine, 'survive');
    await client.waitFor('file', isWritten);
    await waitUntil(async () => (await base.listWarm()).length === 1);
    const [id, warm] = [await idOf(base, client), await base.listWarm()];
    engine.supervisor.endHost(0);
    const { epoch, reason } = await client.waitForStatus('completed');
    assert.deepEqual([(epoch ?? 0) > 1, reason], [true, 'finished']);
    assert.equal(await idOf(base, client), id);
    await waitUntil(async () => {
      const now = await base.listWarm();
      return now.length === 1 && now[0] !== warm[0];
    });
  },
);
