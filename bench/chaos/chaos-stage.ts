// The stage of a fault: an empty database, the proxy before it, and an engine in a process that can be ended.
import { findFreePort } from '../../engine/database/embedded/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../../engine/testing/database.ts';
import { engineAddressesOf } from '../../engine/testing/engine.ts';
import { FaultProxy } from '../../engine/testing/fault-proxy.ts';
import { type EngineProcess, startEngineProcess } from '../../engine/testing/process.ts';
import { failAfter } from './crowd.ts';

export type StageOptions = {
  /** Variables of the engine that differ from those of tests. */
  environment?: Record<string, string>;
  /** A database that the caller drops. */
  databaseUrl?: string;
  /** Whether the engine uses no proxy, which shares a thread with the clients and slows it down. */
  goesPastProxy?: boolean;
};

const startWithinMs = 60_000;

export class Stage {
  readonly proxy: FaultProxy;
  readonly #database: TestDatabase;
  readonly #environment: Record<string, string>;
  /** The URL by which the engine reaches the database. */
  readonly #engineDatabaseUrl: string;
  readonly http: string;
  readonly ws: string;
  #engine: EngineProcess | undefined;
  #isRunning = false;

  private constructor(database: TestDatabase, proxy: FaultProxy, port: number, options: StageOptions) {
    this.#database = database;
    this.#engineDatabaseUrl = options.goesPastProxy ? database.url : proxy.url;
    this.proxy = proxy;
    this.#environment = { PORT: String(port), ...options.environment };
    const { http, ws } = engineAddressesOf(port);
    this.http = http;
    this.ws = ws;
  }

  /** @param options.environment for every engine that is started on it */
  static async open(options: StageOptions = {}): Promise<Stage> {
    const { databaseUrl } = options;
    const database = databaseUrl ? { url: databaseUrl, drop: async () => {} } : await createTestDatabase();
    const proxy = await FaultProxy.start(database.url);
    const stage = new Stage(database, proxy, await findFreePort(), options);
    try {
      await stage.startEngine();
    } catch (error) {
      await stage.close();
      throw error;
    }
    return stage;
  }

  /** The database's own URL, without the proxy. */
  get databaseUrl(): string {
    return this.#database.url;
  }

  get engine(): EngineProcess {
    if (!this.#engine) throw new Error('No engine has been started.');
    return this.#engine;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The engine listens on the port of the last one. */
  async startEngine(): Promise<EngineProcess> {
    this.#engine = await failAfter(
      startEngineProcess(this.#engineDatabaseUrl, this.#environment),
      startWithinMs,
      'The engine did not start',
    );
    const engine = this.#engine;
    this.#isRunning = true;
    void engine.ended.then(() => {
      if (this.#engine === engine) this.#isRunning = false;
    });
    return engine;
  }

  async close(): Promise<void> {
    await this.#engine?.kill();
    await this.proxy.stop();
    await this.#database.drop();
  }
}
