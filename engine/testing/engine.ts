// A real engine for tests: a fresh database, a free port, everything else as in production.
import { readConfig } from '../config.ts';
import { type Engine, type EngineOptions, startEngine } from '../engine.ts';
import { createLog, type Log } from '../log.ts';
import { signToken } from '../server/sign-token.ts';
import { createTestDatabase } from './database.ts';

export const testSecret = 'a secret for tests that is long enough for anybody';
export const testInternalKey = 'an internal key for tests';

export type TestEngine = Engine & {
  http: string;
  ws: string;
  /** Stops the engine and drops its database. */
  close(): Promise<void>;
};

export type TestEngineOptions = {
  /** Environment variables that differ from the test's defaults. */
  environment?: Record<string, string>;
  /** What the engine takes besides its configuration. */
  options?: Partial<Pick<EngineOptions, 'reaperIntervalMs' | 'modelBounds' | 'socketsMax' | 'hostThread'>>;
  /** An existing database, which then isn't dropped: for an engine after another. */
  databaseUrl?: string;
  /** Hears what the engine logs. */
  log?: Log;
};

export async function startTestEngine(asked: TestEngineOptions = {}): Promise<TestEngine> {
  const { environment = {}, options = {}, databaseUrl } = asked;
  const database = databaseUrl === undefined ? await createTestDatabase() : { url: databaseUrl, drop: async () => {} };
  const config = readConfig({ ...testEnvironmentOf(database.url), ...environment });
  const log = asked.log ?? createLog(process.env.TEST_LOG_LEVEL ?? 'silent', false);
  const engine = await startEngine({
    ...options,
    config,
    log,
    onFatal: (error) => {
      throw error;
    },
  });
  let stopping: Promise<boolean> | undefined;
  const stop = () => {
    stopping ??= engine.stop(); // A test may stop an engine that is closed after it.
    return stopping;
  };
  return {
    ...engine,
    ...engineAddressesOf(engine.port),
    stop,
    close: async () => {
      await stop();
      await database.drop();
    },
  };
}

/** What every engine of a test is configured with. */
export const testEnvironmentOf = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  SESSION_SECRET: testSecret,
  INTERNAL_API_KEY: testInternalKey,
  MOCK_STEP_DELAY_MS: '0',
  COMMANDS_PER_SECOND: '0', // Tests send more than people do; those of the bound set it.
  SANDBOX: 'memory',
  PORT: '0',
  HOST: '127.0.0.1',
  NODE_ENV: 'test',
});

export const engineAddressesOf = (port: number): { http: string; ws: string } => ({
  http: `http://127.0.0.1:${port}`,
  ws: `ws://127.0.0.1:${port}/api/v1/ws`,
});

/** A JWT as the front end signs it. */
export function signTestToken(
  userId: string,
  claims: Record<string, unknown> = {},
  secret = testSecret,
): Promise<string> {
  return signToken({ userId, ...claims }, secret);
}

/** The headers of a back end that calls for a user. */
export const backEndHeadersOf = (userId: string): Record<string, string> => ({
  'X-User-ID': userId,
  'X-Internal-Key': testInternalKey,
});
