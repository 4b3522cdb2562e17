// Engines of one cluster, each a process of its own, on one PostgreSQL and one nats-server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { TestClient } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { signTestToken } from './engine.ts';
import { NatsServer } from './nats.ts';
import { type EngineProcess, startEngineProcess } from './process.ts';
import { waitUntil } from './rest.ts';

export const clusterKey = 'a key for sealing that is long enough for anybody';

export type TestCluster = {
  database: TestDatabase;
  nats: NatsServer;
  engines: EngineProcess[];
  /** Starts one more engine. */
  add(more?: Record<string, string>): Promise<EngineProcess>;
};

/** Resolves once all engines are on the bus; everything ends with the test. */
export async function startCluster(t: TestContext, count: number): Promise<TestCluster> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-cluster-'));
  const engines: EngineProcess[] = [];
  t.after(async () => {
    await Promise.all(engines.map((engine) => engine.kill()));
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const nats = await NatsServer.start(t);
  let started = 0;
  const add = async (more: Record<string, string> = {}) => {
    const name = `n${++started}`;
    const engine = await startEngineProcess(database.url, {
      WORKSPACE_BASE_PATH: path.join(folder, name),
      NODE_NAME: name,
      CLUSTER_URL: nats.url,
      ENCRYPTION_KEY: clusterKey,
      HOST_THREADS: '1',
      MOCK_STEP_DELAY_MS: '20',
      ...more,
    });
    engines.push(engine);
    await waitUntil(() => engine.output().includes('cluster.connected'));
    return engine;
  };
  for (let at = 0; at < count; at++) await add(); // One after the other, since the first makes the tables.
  return { database, nats, engines, add };
}

/** Attaches to a session as its owner. @param after the position of the last event that was seen */
export async function attachAt(
  engine: EngineProcess,
  sessionId: string,
  after?: { epoch: number; sequence: number },
): Promise<TestClient> {
  const position = after ? `&epoch=${after.epoch}&last_sequence=${after.sequence}` : '';
  const url = `${engine.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}${position}`;
  const client = await TestClient.open(url);
  await client.waitForType('attached');
  return client;
}

export const startAt = async (engine: EngineProcess, task: string): Promise<TestClient> =>
  TestClient.start(engine.ws, await signTestToken('ada'), task);
