// Runs around a whole test run: starts one PostgreSQL for all test files, unless TEST_DATABASE_URL names another, and says in
// the end what was left out.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { leftOutVariable, readSentenceOfRun } from '../../sandbox/testing/left-out.ts';
import { startTestPostgres, type TestPostgres } from './postgres.ts';

let server: TestPostgres | undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'lucid-left-out-'));
const leftOut = path.join(folder, 'list');

export async function globalSetup(): Promise<void> {
  process.env[leftOutVariable] = leftOut; // Each test file runs in a process that inherits these.
  if (process.env.TEST_DATABASE_URL) return;
  server = await startTestPostgres();
  process.env.TEST_DATABASE_URL = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  const sentence = readSentenceOfRun(leftOut);
  if (sentence) console.log(sentence);
  rmSync(folder, { recursive: true, force: true });
}
