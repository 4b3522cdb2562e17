// The commands beside the engine, run as people run them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { startTestEngine, type TestEngine, testEnvironmentOf } from '../testing/engine.ts';

const project = path.join(import.meta.dirname, '../..');
let database: TestDatabase;
let engine: TestEngine;

before(async () => {
  database = await createTestDatabase();
  engine = await startTestEngine({ databaseUrl: database.url });
});

after(async () => {
  await engine?.close();
  await database?.drop();
});

type Ended = { code: number; stdout: string; stderr: string };

async function run(file: string, ...args: string[]): Promise<Ended> {
  const env = { ...process.env, ...testEnvironmentOf(database.url) };
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [path.join(project, file), ...args], { env })) };
  } catch (error) {
    return error as Ended;
  }
}

test('the engine accepts a token of `npm run token`, for a day', async () => {
  const { stdout, stderr } = await run('engine/commands/token.ts', 'josé');
  assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/); // A shell's $(…) takes all of stdout.
  assert.equal(stderr, '');
  const answer = await fetch(`${engine.http}/api/v1/chats`, { headers: { Authorization: `Bearer ${stdout.trim()}` } });
  assert.equal(answer.status, 200);
  const { userId, iat = 0, exp = 0 } = decodeJwt(stdout.trim());
  assert.deepEqual([userId, exp - iat], ['josé', 86_400]);
});

test('a token is signed for the user and the number of hours that are asked for', async () => {
  for (const args of [['a', 'b'], [''], ['ada', '--hours', '0'], ['ada', '--hours', '9999'], ['ada', '--days', '3']]) {
    const { code, stdout, stderr } = await run('engine/commands/token.ts', ...args);
    assert.deepEqual([code, stdout], [64, ''], args.join(' '));
    assert.match(stderr, /usage: npm run -s token -- USER/);
  }
});

for (const file of [
  'engine/main.ts',
  'engine/commands/token.ts',
  'engine/commands/migrate.ts',
  'bench/run.ts',
  'bench/deployment/run.ts',
  'bench/chaos/run.ts',
  'sandbox/image/build-image.ts',
])
  test(`${file} --help prints its usage and does nothing else`, async () => {
    for (const help of ['--help', '-h']) {
      const { code, stdout, stderr } = await run(file, help);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^usage: npm (start|run)/);
    }
  });

for (const file of ['engine/commands/migrate.ts', 'sandbox/image/build-image.ts'])
  test(`${file} refuses unknown arguments and does nothing`, async () => {
    const { code, stdout, stderr } = await run(file, '--bogus');
    assert.deepEqual([code, stdout], [64, '']);
    assert.match(stderr, /usage: npm run/);
  });
