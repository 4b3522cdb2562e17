// How long a sign-in goes on, how engines hear of its end, and that forged cookies cost little; with PostgreSQL, and the time at will.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DatabasePool, sql } from 'slonik';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { migrate } from '../database/migrations.ts';
import { OwnPages } from '../server/own-pages.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { testSecret } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import type { Person } from './sign-in.ts';
import { idleMsMax, lifeMsMax, SignIns, type SignInsDependencies } from './sign-ins.ts';

const ada: Person = { userId: 'ada', name: 'Ada', isAdmin: false, way: 'token' };

let database: TestDatabase;
let pool: DatabasePool;
before(async () => {
  database = await createTestDatabase();
  pool = await openPool(database.url, { connectionsMax: 4, statementTimeoutMs: 8_000, onError: () => undefined });
  await migrate(pool);
});
after(async () => {
  await pool?.end();
  await database?.drop();
});

/** One engine's, whose clock stands still until it is moved. */
function signInsAt(
  clock: { nowMs: number },
  queries: SignInsDependencies['queries'] = pool,
  { secret = testSecret, adminKey }: { secret?: string; adminKey?: string } = {},
): SignIns {
  const ownPages = new OwnPages(undefined);
  return new SignIns({ queries, secret, adminKey, ownPages, log: new RecordedLog(), now: () => clock.nowMs });
}

const from = (token: string) => ({ host: 'localhost', origin: '', fetchSite: '', cookie: `lucid_console=${token}` });
const fromPage = (token: string) => ({ ...from(token), origin: 'http://localhost' });

test('a sign-in counts no more once the secret is another one', async () => {
  const clock = { nowMs: Date.now() };
  const { token } = await signInsAt(clock).create(ada);
  assert.equal((await signInsAt(clock).identify(from(token), true))?.ok, true);
  const rotated = await signInsAt(clock, pool, { secret: 'another secret' }).identify(from(token), true);
  assert.equal(rotated?.ok, false);
});

test('a sign-in of whom the admin key made an admin counts no more once the key is another one, or none', async () => {
  const clock = { nowMs: Date.now() };
  const isKnown = async (token: string, adminKey?: string) => {
    const signIns = signInsAt(clock, pool, adminKey === undefined ? {} : { adminKey });
    return (await signIns.identify(from(token), true))?.ok;
  };
  const signIns = signInsAt(clock, pool, { adminKey: 'a key' });
  const byKey = (await signIns.create({ ...ada, isAdmin: true })).token;
  const others = [ada, { ...ada, isAdmin: true, way: 'oidc' as const }];
  const tokens = await Promise.all(others.map(async (person) => (await signIns.create(person)).token));
  assert.equal(await isKnown(byKey, 'a key'), true);
  for (const key of ['another key', '', undefined]) {
    assert.equal(await isKnown(byKey, key), false);
    for (const token of tokens) assert.equal(await isKnown(token, key), true);
  }
  for (const forged of [byKey.replace('admin.', ''), `admin.${tokens[0]}`, `admin.${byKey}`])
    assert.equal(await isKnown(forged, 'a key'), false);
});

test('a sign-in goes on while it is used, and ends after a week all the same', async () => {
  const clock = { nowMs: Date.now() };
  const { token, signIn } = await signInsAt(clock).create(ada);
  const endsAtMs = clock.nowMs + lifeMsMax;
  const isKnown = async () => (await signInsAt(clock).identify(from(token), true))?.ok; // Each time with an empty memory.
  while (clock.nowMs < endsAtMs) {
    assert.equal(await isKnown(), true);
    const expiry = sql.unsafe`SELECT 1 FROM lucid_engine.sign_ins WHERE token_hash = ${signIn.hash} AND expires_at >
      to_timestamp(${Math.min(clock.nowMs + idleMsMax, endsAtMs) - 1_000}::float8 / 1000)`;
    while (!(await pool.exists(expiry))); // The use is noted behind the answer.
    clock.nowMs += idleMsMax - 1;
  }
  assert.equal(await isKnown(), false);
});

test('a sign-in that nobody uses ends after 12 hours, and its row goes', async () => {
  const clock = { nowMs: Date.now() };
  const signIns = signInsAt(clock);
  const { token, signIn } = await signIns.create(ada);
  clock.nowMs += idleMsMax;
  const found = await signIns.identify(from(token), true);
  assert.ok(found && !found.ok);
  assert.match(found.failure.detail, /expired/);
  await signIns.sweep();
  assert.equal(
    await pool.exists(sql.unsafe`SELECT 1 FROM lucid_engine.sign_ins WHERE token_hash = ${signIn.hash}`),
    false,
  );
});

test('a connection at another engine hears that its sign-in has ended, and one that is open is left alone', async () => {
  const clock = { nowMs: Date.now() };
  const [one, other] = [signInsAt(clock), signInsAt(clock)];
  const [ending, lasting] = [await one.create(ada), await one.create(ada)];
  const heard: string[] = [];
  const stops = [ending, lasting].map(({ signIn }) => other.watch(signIn.hash, () => heard.push(signIn.hash)));
  await other.look();
  assert.deepEqual(heard, []);
  await one.end(fromPage(ending.token));
  await other.look();
  assert.deepEqual(heard, [ending.signIn.hash]);
  for (const stop of stops) stop();
  other.close();
});

test('a connection that is opened while its sign-in ends hears so, too', async () => {
  const signIns = signInsAt({ nowMs: Date.now() });
  const { token, signIn } = await signIns.create(ada);
  await signIns.end(fromPage(token));
  await new Promise<void>((resolve) => signIns.watch(signIn.hash, resolve));
  signIns.close();
});

test('a thousand forged cookies at once are looked up by a few queries', async () => {
  let queries = 0;
  const counted: SignInsDependencies['queries'] = {
    ...pool,
    any: (query) => {
      queries++;
      return pool.any(query);
    },
  };
  const signIns = signInsAt({ nowMs: Date.now() }, counted);
  const { token } = await signIns.create(ada);
  queries = 0;
  const forged = Array.from({ length: 999 }, (_, at) => String(at).padStart(43, 'A'));
  const found = await Promise.all([token, ...forged].map((each) => signIns.identify(from(each), true)));
  assert.deepEqual(
    found.flatMap((outcome, at) => (outcome?.ok ? [at] : [])),
    [0],
  );
  assert.ok(queries <= 2, `${queries} queries`);
});

test('the database holds nothing by which anybody could sign in', async () => {
  const { token } = await signInsAt({ nowMs: Date.now() }).create(ada);
  const rows = await pool.any(sql.unsafe`SELECT row_to_json(s)::text AS row FROM lucid_engine.sign_ins s`);
  assert.equal(JSON.stringify(rows).includes(token), false);
});
