// A start without its database: trouble that may pass is waited for, other trouble ends the start with one sentence.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from 'slonik';
import { findFreePort } from './database/embedded/free-port.ts';
import { engineFlags } from './setup/engine-flags.mjs';
import { createTestDatabase, runStatement, type TestDatabase } from './testing/database.ts';
import { testEnvironmentOf } from './testing/engine.ts';
import { FaultProxy } from './testing/fault-proxy.ts';
import { startEngineProcess } from './testing/process.ts';
import { waitUntil } from './testing/rest.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const migrations = fileURLToPath(new URL('./commands/migrate.ts', import.meta.url));
const badConfigExitCode = 78;

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database?.drop());

function begin(url: string, program = main) {
  const env = { ...process.env, ...testEnvironmentOf(url), HOST_THREADS: '1', LOG_LEVEL: 'info' };
  const child = spawn(process.execPath, [...engineFlags, program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk;
  });
  const ended = once(child, 'exit').then(([code]: (number | null)[]) => code);
  return { child, said, ended };
}

function changed(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

/** @returns the sentence with which both the engine and `npm run migrate` end, with exit code 78 */
async function refusalOf(url: string): Promise<string> {
  const [engine, migrating] = [begin(url), begin(url, migrations)];
  assert.deepEqual(await Promise.all([engine.ended, migrating.ended]), [badConfigExitCode, badConfigExitCode]);
  assert.equal(engine.said.err, migrating.said.err);
  assert.equal(engine.said.err.trim().split('\n').length, 1, engine.said.err);
  assert.match(engine.said.err, /^DATABASE_URL/);
  return engine.said.err;
}

test('a start on a database that isn’t there says that it has to be created', async () => {
  const url = changed((to) => {
    to.pathname = '/nowhere';
  });
  assert.match(await refusalOf(url), /no database "nowhere" at .*create it/);
});

test('a start with a role that may not create what the engine needs says what to grant', async () => {
  const role = `weak_${Date.now()}`;
  await runStatement(database.url, sql.unsafe`CREATE ROLE ${sql.identifier([role])} LOGIN PASSWORD 'weak'`);
  try {
    const url = changed((to) => {
      [to.username, to.password] = [role, 'weak'];
    });
    assert.match(await refusalOf(url), new RegExp(`the role "${role}" may not create .*GRANT CREATE`));
  } finally {
    await runStatement(database.url, sql.unsafe`DROP ROLE ${sql.identifier([role])}`);
  }
});

test('a start with a role that doesn’t exist, or a wrong password, says so', async () => {
  const url = changed((to) => {
    [to.username, to.password] = ['nobody_at_all', 'wrong-password'];
  });
  const sentence = await refusalOf(url);
  assert.match(sentence, /"nobody_at_all"/);
  assert.doesNotMatch(sentence, /wrong-password/);
});

test('a start that asks for TLS of a server without it, or names an unknown parameter, says so', async () => {
  assert.match(await refusalOf(`${database.url}?sslmode=require`), /asks for TLS.*sslmode=disable/);
  assert.match(await refusalOf(`${database.url}?keepalives_idle=1`), /keepalives_idle/);
});

test('a PostgreSQL that is away is waited for, with a line for each try, and the start goes on once it answers', async () => {
  const proxy = await FaultProxy.start(database.url);
  proxy.refuse();
  const engine = begin(proxy.url);
  const awaited = () => engine.said.out.split('\n').filter((line) => line.includes('database.awaited'));
  await waitUntil(() => awaited().length >= 2);
  for (const line of awaited())
    assert.match(line, /"reason":"DATABASE_URL: PostgreSQL at [^"]* can't be reached: [^"]*\."/);
  assert.equal(engine.said.err, '');
  proxy.heal();
  await waitUntil(() => engine.said.out.includes('engine.started'));
  engine.child.kill('SIGTERM');
  assert.equal(await engine.ended, 0);
  await proxy.stop();
});

test('an unknown host is waited for, and a waiting start ends when it is told to', async () => {
  for (const place of ['no-such-host.invalid:5432', `127.0.0.1:${await findFreePort()}`]) {
    const engine = begin(`postgresql://ada@${place}/x`);
    await waitUntil(() => engine.said.out.includes('database.awaited'));
    engine.child.kill('SIGTERM');
    assert.equal(await engine.ended, 0);
    assert.equal(engine.said.err, '');
  }
});

test('a start with a misspelt variable names it once in the log, without its value, and goes on', async () => {
  const engine = await startEngineProcess(database.url, {
    HOST_THREADS: '1',
    LOG_LEVEL: 'info',
    SESION_SECRET: 'canary',
  });
  const told = engine.output().match(/The variable SESION_SECRET .* is SESSION_SECRET meant\?/g);
  assert.equal(told?.length, 1);
  assert.doesNotMatch(engine.output(), /canary/);
  assert.equal(await engine.terminate(), 0);
});
