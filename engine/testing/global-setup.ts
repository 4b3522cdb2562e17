// Runs around a whole test run: one PostgreSQL for all test files, unless TEST_DATABASE_URL names another.
import { startTestServer, type TestServer } from './server.ts';

let server: TestServer | undefined;

export async function globalSetup(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  server = await startTestServer();
  process.env.TEST_DATABASE_URL = server.url; // Each test file runs in a process that inherits it.
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
}
