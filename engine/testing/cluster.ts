// Engines of one cluster on one PostgreSQL and one nats-server: in the process of the test, or in their own to be killed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createPool, sql } from 'slonik';
import * as v from 'valibot';
import { type Frame, TestClient } from './client.ts';
import { createTestDatabase } from './database.ts';
import { signTestToken, startTestEngine, type TestEngine, type TestEngineOptions } from './engine.ts';
import { NatsServer } from './nats.ts';
import { type EngineProcess, startEngineProcess } from './process.ts';
import { callAs, waitUntil } from './rest.ts';

const Owner = v.object({ node: v.nullable(v.string()) });
const sealingKey = 'a key for sealing that is long enough for anybody';

/** Everything of a cluster ends with its test. */
export class TestCluster {
  readonly nats: NatsServer;
  readonly databaseUrl: string;
  readonly #folder: string;
  readonly #engines: TestEngine[] = [];
  readonly #processes: EngineProcess[] = [];
  readonly #names = new Map<Engine, string>();
  #started = 0;

  private constructor(nats: NatsServer, databaseUrl: string, folder: string) {
    this.nats = nats;
    this.databaseUrl = databaseUrl;
    this.#folder = folder;
  }

  static async start(t: TestContext): Promise<TestCluster> {
    const nats = await NatsServer.start(t);
    const database = await createTestDatabase();
    const cluster = new TestCluster(nats, database.url, await mkdtemp(path.join(tmpdir(), 'lucid-cluster-')));
    t.after(async () => {
      await cluster.#end();
      await database.drop();
    });
    return cluster;
  }

  async addEngine(more: Record<string, string> = {}, options: TestEngineOptions['options'] = {}): Promise<TestEngine> {
    const environment = this.#nextEnvironment(more);
    const engine = await startTestEngine({ environment, options, databaseUrl: this.databaseUrl });
    this.#engines.push(engine);
    this.#names.set(engine, environment.NODE_NAME);
    await this.#waitUntilConnected(engine, environment);
    return engine;
  }

  /** An engine in a process of its own. */
  async addProcess(more: Record<string, string> = {}): Promise<EngineProcess> {
    const environment = this.#nextEnvironment(more);
    const engine = await startEngineProcess(this.databaseUrl, environment);
    this.#processes.push(engine);
    this.#names.set(engine, environment.NODE_NAME);
    await this.#waitUntilConnected(engine, environment);
    return engine;
  }

  /** An engine is ready before it is on the bus, and acts alone until then. */
  async #waitUntilConnected({ http }: Pick<Engine, 'http'>, environment: Record<string, string>): Promise<void> {
    if (environment.CLUSTER_URL !== this.nats.url || !this.nats.isRunning) return;
    await waitUntil(async () =>
      (await (await fetch(`${http}/metrics`)).text()).includes('\nlucid_cluster_connected 1\n'),
    );
  }

  /** Starts a session that the engine itself has: on a busy machine it may have another one make it. */
  async startAt(engine: Engine, task: string, more: object = {}): Promise<TestClient> {
    for (;;) {
      const client = await startAt(engine, task, more);
      if ((await this.findOwner(client.sessionId)) === this.#names.get(engine)) return client;
      await callAs(engine, 'ada', 'DELETE', `/api/v1/sessions/${client.sessionId}`);
      await client.close();
    }
  }

  /** The name of the engine that has a session. */
  async findOwner(sessionId: string): Promise<string | null> {
    const pool = await createPool(this.databaseUrl, { maxPoolSize: 1, connectionTimeout: 30_000 });
    try {
      const owner = sql.type(Owner)`SELECT node FROM lucid_engine.engine_runs r
        JOIN lucid_engine.agent_sessions s ON s.run_id = r.id WHERE s.id = ${sessionId}`;
      return (await pool.maybeOne(owner))?.node ?? null;
    } finally {
      await pool.end();
    }
  }

  /** Each is as on a machine of its own. */
  #nextEnvironment(more: Record<string, string>): Record<string, string> & { NODE_NAME: string } {
    const name = `n${++this.#started}`;
    return {
      WORKSPACE_BASE_PATH: path.join(this.#folder, name),
      NODE_NAME: name,
      CLUSTER_URL: this.nats.url,
      ENCRYPTION_KEY: sealingKey,
      HOST_THREADS: '1',
      MOCK_STEP_DELAY_MS: '20',
      ...more,
    };
  }

  async #end(): Promise<void> {
    await Promise.all(this.#processes.map((engine) => engine.kill()));
    await Promise.all(this.#engines.map((engine) => engine.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

type Engine = Pick<TestEngine, 'http' | 'ws'>;

/** Attaches to a session as its owner. @param after the position of the last event that was seen */
export async function attachAt(
  engine: Engine,
  sessionId: string,
  after?: { epoch: number; sequence: number },
): Promise<TestClient> {
  const position = after ? `&epoch=${after.epoch}&last_sequence=${after.sequence}` : '';
  const url = `${engine.ws}?token=${await signTestToken('ada')}&session_id=${sessionId}${position}`;
  return openUntilAnswered(
    () => TestClient.open(url),
    ({ type }) => type === 'attached',
  );
}

/** The session may be another engine's. */
export const startAt = (engine: Engine, task: string, more: object = {}): Promise<TestClient> =>
  openUntilAnswered(
    async () => {
      const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}`);
      client.sendRaw({ task, ...more });
      return client;
    },
    ({ status }) => status === 'initializing',
  );

/** Opens another one as often as PostgreSQL does not answer in time, which is for a moment on a busy machine. */
async function openUntilAnswered(
  open: () => Promise<TestClient>,
  isAnswer: (frame: Frame) => boolean,
): Promise<TestClient> {
  for (;;) {
    const client = await open();
    const isAway = ({ type, code }: Frame) => type === 'error' && code === 'storageUnavailable';
    const first = await client.waitFor('an answer', (frame) => isAnswer(frame) || isAway(frame));
    if (!isAway(first)) return client;
    await client.close();
  }
}
