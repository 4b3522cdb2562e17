// Engines with real agents for tests: only the model's provider and the git host are stood in for, by servers of the test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { createPool, type DatabasePool } from 'slonik';
import { FakeProvider } from '../../actors/testing/provider/fake-provider.ts';
import { canConfine } from '../../sandbox/testing/confinement-here.ts';
import { dockerTest } from '../../sandbox/testing/docker-sandboxes.ts';
import { GitServer } from '../../sandbox/testing/git-server.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { StoredState } from '../../schema/session.ts';
import { History } from '../database/history.ts';
import { TestClient } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { DockerBase } from './docker.ts';
import { signTestToken, startTestEngine, type TestEngine, type TestEngineOptions } from './engine.ts';
import { RecordedLog } from './log.ts';

/** Where agents act: `local` is a folder with confined commands. */
export type Place = 'docker' | 'local';
export const places: readonly Place[] = ['docker', 'local'];

const isConfined = await canConfine('agents whose commands are confined');

/** `test` for agents of a place; a machine that hasn't got the place leaves the test out, and says so. */
export const testIn: Record<Place, typeof dockerTest> = {
  docker: dockerTest,
  local: (name, act) => {
    if (isConfined) void test(name, act);
  },
};

/** The token that the git host asks for. */
export const gitToken = 'ghp_GitTokenOfTheCaller0123456789';

/** The engine's own keys. */
export const engineKeys = {
  ANTHROPIC_API_KEY: 'sk-ant-own-0123456789abcdef',
  GOOGLE_API_KEY: 'AIza-own-0123456789abcdef',
  OPENAI_API_KEY: 'sk-own-0123456789abcdef',
};

type AgentsOptions = Pick<TestEngineOptions, 'environment' | 'options'>;

export class TestAgents {
  readonly fakeProvider: FakeProvider;
  readonly git: GitServer;
  readonly log = new RecordedLog();
  /** Undefined where agents don't act in Docker. */
  readonly docker: DockerBase | undefined;
  readonly #database: TestDatabase;
  readonly #pool: DatabasePool;
  readonly #folder: string;
  readonly #place: Place;
  #engine: TestEngine | undefined;

  private constructor(place: Place, services: Pick<TestAgents, 'fakeProvider' | 'git' | 'docker'>, stored: Stored) {
    this.#place = place;
    this.fakeProvider = services.fakeProvider;
    this.git = services.git;
    this.docker = services.docker;
    this.#database = stored.database;
    this.#pool = stored.pool;
    this.#folder = stored.folder;
  }

  static async open(place: Place, options: AgentsOptions = {}): Promise<TestAgents> {
    const database = await createTestDatabase();
    const stored = { database, pool: await createPool(database.url), folder: await mkdtemp('/tmp/lucid-agents-') };
    const docker = place === 'docker' ? await DockerBase.create() : undefined;
    const services = {
      fakeProvider: await FakeProvider.open(),
      git: await GitServer.start({ token: gitToken }),
      docker,
    };
    const agents = new TestAgents(place, services, stored);
    await agents.start(options);
    return agents;
  }

  get engine(): TestEngine {
    if (!this.#engine) throw new Error('No engine runs.');
    return this.#engine;
  }

  get databaseUrl(): string {
    return this.#database.url;
  }

  /** The variables of each of its engines. */
  get environment(): Record<string, string> {
    return {
      ...engineKeys,
      SANDBOX: this.#place,
      WORKSPACE_BASE_PATH: this.#folder,
      HOST_THREADS: '1',
      ...this.docker?.environment,
      LLM_BASE_URL: this.fakeProvider.url,
      GIT_ALLOWED_HTTP_HOSTS: this.git.host,
    };
  }

  /** The folder that has the sessions' folders. */
  get folder(): string {
    return this.#folder;
  }

  async start({ environment = {}, options = {} }: AgentsOptions = {}): Promise<void> {
    this.#engine = await startTestEngine({
      environment: { ...this.environment, ...environment },
      options: { reaperIntervalMs: 100, ...options },
      databaseUrl: this.#database.url,
      log: this.log,
    });
  }

  async stop(): Promise<void> {
    await this.#engine?.stop();
    this.#engine = undefined;
  }

  /** @param more fields of the client's first message */
  async startClient(task: string, more: object = {}): Promise<TestClient> {
    return TestClient.start(this.engine.ws, await signTestToken('ada'), task, more);
  }

  /** @param more fields of the client's first message, for instance a key */
  async attachClient(sessionId: string, more: object = {}): Promise<TestClient> {
    const client = await TestClient.open(`${this.engine.ws}?token=${await signTestToken('ada')}`);
    client.send({ session_id: sessionId, ...more });
    await client.waitForType('attached');
    return client;
  }

  /** Makes an empty file in a session's folder, past the engine. */
  async touchFile({ sessionId }: Pick<TestClient, 'sessionId'>, name: string): Promise<void> {
    await writeFile(path.join(this.#folder, 'ada', sessionId, name), '');
  }

  async readStored(sessionId: string): Promise<{ state: StoredState; events: StoredEvent[] }> {
    const history = new History(this.#pool);
    const session = await history.findSession(sessionId);
    if (!session) throw new Error('The session is not stored.');
    return { state: session.state, events: await history.listEvents(sessionId, session.chatId, 0) };
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#pool.end();
    await this.#database.drop();
    await this.fakeProvider.close();
    await this.git.close();
    await this.docker?.remove();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

type Stored = { database: TestDatabase; pool: DatabasePool; folder: string };

/** All tests of a file share one: the first that needs it opens it, and it is closed after the last. */
export function shareTestAgents(place: Place, options: AgentsOptions = {}): () => Promise<TestAgents> {
  let opening: Promise<TestAgents> | undefined;
  after(async () => (await opening)?.close());
  return async () => {
    opening ??= TestAgents.open(place, options);
    const agents = await opening;
    agents.fakeProvider.reset();
    agents.git.reset();
    return agents;
  };
}
