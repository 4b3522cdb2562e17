// A database's URL means what libpq says it means, or is refused by the name of what is not understood.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type DatabaseTarget, parseDatabaseUrl, replaceParameters } from './database-url.ts';

const here = 'postgresql://ada:secret@db:5433/lucid';

function targetOf(url: string): DatabaseTarget {
  const parsed = parseDatabaseUrl(url);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem);
  return parsed.target;
}

function problemOf(url: string): string {
  const parsed = parseDatabaseUrl(url);
  assert.ok(!parsed.ok, url);
  return parsed.problem;
}

test('account, host and database are read from the URL or its parameters', () => {
  const plain = {
    user: 'ada',
    password: 'secret',
    host: 'db',
    port: 5433,
    database: 'lucid',
    tls: 'prefer',
    isPooled: false,
  };
  assert.deepEqual(targetOf(here), plain);
  assert.deepEqual(targetOf(here.replace('postgresql', 'postgresql+asyncpg')), plain);
  assert.deepEqual(targetOf(here.replace('postgresql', 'postgres')), plain);
  assert.deepEqual(targetOf('postgresql:///?user=ada&password=secret&host=db&port=5433&dbname=lucid'), plain);
  assert.partialDeepStrictEqual(targetOf('postgresql://a%40b:p%2F%3A@[::1]/d%20b'), {
    user: 'a@b',
    password: 'p/:',
    host: '::1',
    database: 'd b',
  });
});

test('the folder of a Unix socket is a host, and has no TLS', () => {
  for (const url of ['postgresql://ada@/lucid?host=/run/pg&sslmode=require', 'postgresql://ada@%2Frun%2Fpg/lucid'])
    assert.partialDeepStrictEqual(targetOf(url), { host: '/run/pg', database: 'lucid', tls: 'disable' });
});

const tlsOfParameters: [parameters: string, tls: string][] = [
  ['', 'prefer'],
  ['sslmode=disable', 'disable'],
  ['sslmode=allow', 'allow'],
  ['sslmode=prefer', 'prefer'],
  ['sslmode=require', 'require'],
  ['sslmode=no-verify', 'require'],
  ['sslmode=verify-ca', 'verify-ca'],
  ['sslmode=verify-full', 'verify-full'],
  ['sslmode=require&sslrootcert=/ca.pem', 'verify-ca'],
  ['sslrootcert=system', 'verify-full'],
  ['ssl=require', 'require'],
  ['ssl=verify-full', 'verify-full'],
  ['ssl=true', 'verify-full'],
  ['ssl=false', 'disable'],
  ['ssl=require&sslmode=require', 'require'],
];

test('every way to ask for TLS is one of libpq’s modes', () => {
  for (const [parameters, tls] of tlsOfParameters) assert.equal(targetOf(`${here}?${parameters}`).tls, tls, parameters);
});

test('other parameters of libpq, SQLAlchemy, asyncpg and Prisma are understood', () => {
  assert.partialDeepStrictEqual(
    targetOf(
      `${here}?application_name=my%20app&options=-c%20search_path%3Dapp&connect_timeout=7&schema=app&connection_limit=3&pgbouncer=true`,
    ),
    {
      applicationName: 'my app',
      options: '-c search_path=app',
      connectTimeoutMs: 7_000,
      schema: 'app',
      connectionsMax: 3,
      isPooled: true,
    },
  );
});

const refused: [url: string, names: RegExp][] = [
  ['mysql://db/x', /form/],
  ['postgresql://a,b/x', /several hosts|host/],
  ['postgresql://db:port/x', /port/],
  ['postgresql://db:70000/x', /port/],
  [`${here}?sslmode=maybe`, /sslmode/],
  [`${here}?ssl=yes`, /sslmode/],
  [`${here}?ssl=require&sslmode=disable`, /differ/],
  [`${here}?sslcert=/c.pem`, /sslkey/],
  [`${here}?sslmode=require&sslrootcert=system`, /system/],
  [`${here}?channel_binding=require`, /channel_binding/],
  [`${here}?keepalives_idle=5`, /keepalives_idle/],
  [`${here}?statement_cache_size=100`, /statement_cache_size/],
  [`${here}?schema=a;b`, /schema/],
  [`${here}?sslmode=require&sslmode=disable`, /twice/],
  [`${here}?application_name=%zz`, /%/],
  [`${here}?__proto__=1`, /__proto__/],
];

test('what is not understood is refused by its name, without the password', () => {
  for (const [url, names] of refused) {
    const problem = problemOf(url);
    assert.match(problem, names, url);
    assert.doesNotMatch(problem, /secret/);
  }
});

const anyText = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .filter((text) => !text.includes('\0') && text.isWellFormed());

test('whatever the account and the database are called, they come back as they were', () =>
  fc.assert(
    fc.property(anyText, anyText, anyText, (user, password, database) => {
      const url = `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/${encodeURIComponent(database)}`;
      assert.partialDeepStrictEqual(targetOf(url), { user, password, database, host: 'h' });
    }),
  ));

test('whatever the parameters say, TLS that was asked for is never less than that', async () => {
  const strength = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
  const parameter = fc.tuple(
    fc.constantFrom('sslmode', 'ssl', 'sslrootcert', 'connect_timeout', 'schema', 'x'),
    fc.constantFrom(...strength, 'system', '/ca.pem', '5', 'true', ''),
  );
  await fc.assert(
    fc.property(fc.array(parameter, { maxLength: 4 }), (given) => {
      const parsed = parseDatabaseUrl(`${here}?${given.map(([name, value]) => `${name}=${value}`).join('&')}`);
      if (!parsed.ok) return;
      const asked = given
        .filter(([name]) => name === 'sslmode' || name === 'ssl')
        .map(([, value]) => strength.indexOf(value));
      assert.ok(strength.indexOf(parsed.target.tls) >= Math.max(-1, ...asked));
    }),
    { numRuns: 2_000 },
  );
});

test('a parameter that was settled replaces the one that was given', () => {
  assert.equal(targetOf(replaceParameters(`${here}?ssl=prefer&schema=app`, { sslmode: 'disable' })).tls, 'disable');
  assert.partialDeepStrictEqual(targetOf(replaceParameters(here, { pgbouncer: 'true' })), {
    isPooled: true,
    database: 'lucid',
  });
});
