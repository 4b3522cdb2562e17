// A real engine for tests: a fresh database, a free port, everything else as in production.

import { signToken } from '../../schema/rules/development-token.ts';
import { readConfig } from '../config.ts';
import { type Engine, type EngineOptions, startEngine } from '../engine.ts';
import { createLog, type Log } from '../log.ts';
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
  /** Options of the engine that are no variables. */
  options?: Partial<
    Pick<EngineOptions, 'reaperIntervalMs' | 'modelBounds' | 'socketsMax' | 'hostThread' | 'onDrained'>
  >;
  /** A database that the caller drops, for instance that of the engine before. */
  databaseUrl?: string;
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
    stopping ??= engine.stop(); // A test may stop its engine before `close` does.
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

export const testEnvironmentOf = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  SESSION_SECRET: testSecret,
  INTERNAL_API_KEY: testInternalKey,
  MOCK_STEP_DELAY_MS: '0',
  COMMANDS_PER_SECOND: '0', // Tests send more commands than people; those of the budget set it.
  SANDBOX: 'memory',
  PORT: '0',
  HOST: '127.0.0.1',
  NODE_ENV: 'test',
});

export const engineAddressesOf = (port: number, host = '127.0.0.1'): { http: string; ws: string } => ({
  http: `http://${host}:${port}`,
  ws: `ws://${host}:${port}/api/v1/ws`,
});

/** The JWT is one as the front end signs it. */
export function signTestToken(
  userId: string,
  claims: Record<string, unknown> = {},
  secret = testSecret,
): Promise<string> {
  return signToken({ userId, ...claims }, secret);
}

export const backEndHeadersOf = (userId: string): Record<string, string> => ({
  'X-User-ID': userId,
  'X-Internal-Key': testInternalKey,
});
