// Schemathesis finds no difference between the API's document and the server; where it isn't installed, the test is left out.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';

const program = process.env.SCHEMATHESIS ?? 'schemathesis';
const isInstalled = spawnSync(program, ['--version']).status === 0;
if (!isInstalled && process.env.REQUIRE_SCHEMATHESIS === '1')
  throw new Error('REQUIRE_SCHEMATHESIS is 1, but schemathesis is not installed.');

const folder = path.join(import.meta.dirname, '../testing/schemathesis');
const adminKey = 'an admin key for tests';
const examplesMax = '20';
const withinMs = 280_000;
const name = 'the API takes what its document allows, refuses what it does not, and answers as it says';

if (isInstalled) void test(name, compareWithDocument);
else leaveOut(name, 'schemathesis is not installed');

async function compareWithDocument(): Promise<void> {
  const database = await createTestDatabase();
  const environment = { ENCRYPTION_KEY: 'a key for tests', ADMIN_KEY: adminKey }; // Without one there are no webhooks.
  const engine = await startTestEngine({ databaseUrl: database.url, environment });
  const cwd = await mkdtemp(path.join(tmpdir(), 'lucid-schemathesis-')); // schemathesis leaves a folder of its own where it runs.
  try {
    const args = [
      ...['--no-color', '--config-file', path.join(folder, 'schemathesis.toml')],
      ...['run', `${engine.http}/openapi.json`, '--max-examples', examplesMax],
      ...['-H', `Authorization: Bearer ${await signTestToken('ada')}`, '-H', `Origin: ${engine.http}`],
    ];
    const env = {
      ...process.env,
      LUCID_ADMIN_KEY: adminKey,
      PYTHONPATH: folder,
      SCHEMATHESIS_HOOKS: 'hooks',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: withinMs }).catch(
      (error: Error & { stdout: string }) => assert.fail(`${error.stdout}\n${error.message}`),
    );
    const tested = /Tested: (\d+)/.exec(stdout)?.[1];
    assert.ok(Number(tested) >= 37, stdout);
  } finally {
    await engine.close();
    await database.drop();
    await rm(cwd, { recursive: true, force: true });
  }
}
