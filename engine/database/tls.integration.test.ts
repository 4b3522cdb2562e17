// Connections are encrypted, and check certificates, as the URL asks; against a PostgreSQL with TLS and one without.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { ConfigurablePostgres } from '../testing/configurable-postgres.ts';
import { startTestEngine } from '../testing/engine.ts';
import { troubleOf } from './database-trouble.ts';
import { settleUrl } from './settle-url.ts';

let secure: ConfigurablePostgres;
let plain: ConfigurablePostgres;

before(async () => {
  [secure, plain] = await Promise.all([ConfigurablePostgres.start(), ConfigurablePostgres.start()]);
  await secure.switchTlsOn();
});

after(() => Promise.all([secure?.stop(), plain?.stop()]));

const Row = v.object({ ssl: v.boolean() });

/** @returns whether the connection is encrypted, or why there is none */
async function connected(url: string): Promise<boolean | string> {
  try {
    const settled = await settleUrl(url);
    const pool = await openPool(settled, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
    try {
      return await pool.oneFirst(sql.type(Row)`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`);
    } finally {
      await pool.end();
    }
  } catch (error) {
    const trouble = troubleOf(error, url);
    assert.ok(trouble?.isFinal, String(error));
    return trouble.sentence;
  }
}

const asked: [parameters: string, ofSecure: boolean | RegExp, ofPlain: boolean | RegExp][] = [
  ['', true, false],
  ['sslmode=disable', false, false],
  ['sslmode=allow', false, false],
  ['sslmode=prefer', true, false],
  ['sslmode=require', true, /asks for TLS/],
  ['ssl=require', true, /asks for TLS/],
  ['sslmode=verify-ca', /certificate is not to be trusted/, /asks for TLS/],
  ['sslmode=verify-full', /certificate is not to be trusted/, /asks for TLS/],
];

test('a connection is encrypted where the URL asks for it, or is refused', async () => {
  for (const [parameters, ofSecure, ofPlain] of asked)
    for (const [server, wanted] of [
      [secure, ofSecure],
      [plain, ofPlain],
    ] as const) {
      const got = await connected(server.makeUrl(parameters));
      if (typeof wanted === 'boolean') assert.equal(got, wanted, parameters);
      else assert.match(String(got), wanted, parameters);
    }
});

test('a named authority is the only one trusted, and verify-full checks the host’s name too', async () => {
  const root = `sslrootcert=${secure.rootCertificate}`;
  assert.equal(await connected(secure.makeUrl(`sslmode=verify-ca&${root}`)), true);
  assert.equal(await connected(secure.makeUrl(`sslmode=require&${root}`)), true);
  assert.equal(await connected(secure.makeUrl(`sslmode=verify-full&${root}`, 'localhost')), true);
  assert.match(String(await connected(secure.makeUrl(`sslmode=verify-full&${root}`))), /not to be trusted/);
  assert.match(
    String(await connected(secure.makeUrl('sslmode=verify-ca&sslrootcert=/nowhere'))),
    /sslrootcert.*\/nowhere/,
  );
});

test('`allow` and `prefer` change to what the server lets in', async () => {
  await secure.setAccessRules('hostssl all all 127.0.0.1/32 scram-sha-256\n');
  assert.equal(await connected(secure.makeUrl('sslmode=allow')), true);
  assert.match(String(await connected(secure.makeUrl('sslmode=disable'))), /does not let the role/);
  await secure.setAccessRules('hostnossl all all 127.0.0.1/32 scram-sha-256\n');
  assert.equal(await connected(secure.makeUrl('sslmode=prefer')), false);
  assert.match(String(await connected(secure.makeUrl('sslmode=require'))), /does not let the role/);
  await secure.setAccessRules('host all all 127.0.0.1/32 scram-sha-256\n');
});

test('application_name and options reach PostgreSQL', async () => {
  const url = plain.makeUrl('application_name=ours&options=-c%20search_path%3Dapp');
  const pool = await openPool(url, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  const Both = v.object({ both: v.string() });
  const both = sql.type(
    Both,
  )`SELECT current_setting('application_name') || ' ' || current_setting('search_path') AS both`;
  assert.equal(await pool.oneFirst(both), 'ours app');
  await pool.end();
});

test('all connections of an engine are encrypted where TLS is asked for', async () => {
  // The application name leaves out connections of earlier tests that are still closing.
  const engine = await startTestEngine({ databaseUrl: secure.makeUrl('ssl=require&application_name=counted') });
  const pool = await openPool(secure.makeUrl('sslmode=disable'), {
    connectionsMax: 1,
    statementTimeoutMs: 5_000,
    onError: () => undefined,
  });
  const Count = v.object({ clear: v.number(), encrypted: v.number() });
  const counted = await pool.one(sql.type(Count)`
    SELECT count(*) FILTER (WHERE NOT ssl)::int AS clear, count(*) FILTER (WHERE ssl)::int AS encrypted
    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'counted'`);
  await pool.end();
  await engine.close();
  assert.equal(counted.clear, 0);
  assert.ok(counted.encrypted > 0);
});

test('Prisma’s `schema` says where the reference’s tables are', async () => {
  const bounds = { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined };
  const pool = await openPool(plain.url, bounds);
  await pool.query(sql.unsafe`CREATE SCHEMA app`);
  const engine = await startTestEngine({ databaseUrl: plain.makeUrl('schema=app') });
  const Name = v.object({ name: v.string() });
  const tables = await pool.anyFirst(
    sql.type(Name)`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'app' ORDER BY 1`,
  );
  await engine.close();
  await pool.end();
  assert.deepEqual(tables, ['chat_messages', 'chat_sessions', 'users']);
});
