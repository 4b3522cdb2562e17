// Redocly's validator takes the API's document as a client gets it from a running engine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase } from '../testing/database.ts';
import { startTestEngine } from '../testing/engine.ts';

const redocly = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));

test('the API document is valid OpenAPI 3.1, by the strictest rules of a public validator', async () => {
  const database = await createTestDatabase();
  const engine = await startTestEngine({ databaseUrl: database.url });
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-openapi-'));
  try {
    const file = path.join(folder, 'openapi.json');
    const document = await (await fetch(`${engine.http}/openapi.json`)).text();
    assert.equal((JSON.parse(document) as { openapi: string }).openapi, '3.1.1');
    await writeFile(file, document);
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
    // A redirect is an answer, too; `openapi.test.ts` asks every operation for one of both.
    const skipped = ['--skip-rule', 'operation-2xx-response'];
    const args = [redocly, 'lint', file, '--extends', 'recommended-strict', ...skipped];
    await promisify(execFile)(process.execPath, args, { cwd: folder, env }).catch(
      (error: Error & { stdout: string; stderr: string }) => assert.fail(`${error.stdout}\n${error.stderr}`),
    );
  } finally {
    await engine.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
});
