// The embedded PostgreSQL when it is started, used again, left behind by a killed engine, wanted by two, and stopped.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, sql } from 'slonik';
import { nameOfProcess } from '../setup/lock-directory.mjs';
import { type Embedded, startEmbedded } from './embedded.ts';

const folder = mkdtempSync(join(tmpdir(), 'lucid-embedded-'));
chmodSync(folder, 0o711);
const started: Embedded[] = [];
const engines: ChildProcess[] = [];
after(async () => {
  for (const engine of engines) engine.kill('SIGKILL');
  await Promise.all(started.map(({ stop }) => stop()));
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

type Statement = ReturnType<typeof sql.unsafe>;

/** Most tests use the files of the one before, since making them is slow. */
const directory = join(folder, 'base/.postgres');

const log = { info() {}, warn() {}, error() {} };

async function start(directory: string): Promise<Embedded> {
  const embedded = await startEmbedded({ directory, log });
  started.push(embedded);
  return embedded;
}

/** An engine in a process of its own, which can be killed. */
async function startElsewhere(directory: string): Promise<{ engine: ChildProcess; url: string }> {
  const script = `
    const { startEmbedded } = await import('${new URL('./embedded.ts', import.meta.url).href}');
    const log = { info() {}, warn() {}, error() {} };
    console.log((await startEmbedded({ directory: '${directory}', log })).url);
    setInterval(() => {}, 1e6);`;
  const engine = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  engines.push(engine);
  const [url] = await once(engine.stdout, 'data');
  return { engine, url: String(url).trim() };
}

async function query(url: string, statement: Statement): Promise<unknown> {
  const pool = await createPool(url, { maxPoolSize: 1, connectionRetryLimit: 0 });
  pool.on('error', () => undefined);
  try {
    return (await pool.any(statement))[0];
  } finally {
    await pool.end();
  }
}

/** All processes of the PostgreSQL in `place`: the postmaster and its children. */
function familyIn(place: string): number[] {
  const postmaster = postmasterIn(place);
  const parentOf = (pid: number) => Number(/.*\) \S (\d+)/s.exec(textOf(`/proc/${pid}/stat`))?.[1]);
  const children = processes().filter((pid) => parentOf(pid) === postmaster);
  assert.ok(children.length > 3, 'checkpointer, writers, …');
  return [postmaster, ...children];
}

const isGone = (pids: number[]) => pids.every((pid) => nameOfProcess(pid) === undefined);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has ended meanwhile.
  }
}

function processes(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => nameOfProcess(pid) !== undefined);
}

const postmasterIn = (directory: string) =>
  Number.parseInt(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8'), 10);

async function until(condition: () => boolean | Promise<boolean>, forMs = 30_000): Promise<void> {
  const end = performance.now() + forMs;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `not within ${forMs} ms: ${condition}`);
    await sleep(10);
  }
}

test('the first start makes a database that only this machine reaches, with a password, whatever the machine’s settings', async () => {
  const { url, stop } = await start(directory);
  assert.match(url, /^postgresql:\/\/lucid_user:[\w-]{32}@127\.0\.0\.1:\d+\/lucid_db$/);
  const settings = sql.unsafe`SELECT current_setting('server_encoding') AS encoding, current_setting('fsync') AS fsync,
    current_setting('synchronous_commit') AS commit, current_setting('TimeZone') AS zone,
    current_setting('listen_addresses') AS addresses, 'Zebra' < 'apple' AS by_code_point, upper('é') AS upper`;
  const expected = { encoding: 'UTF8', fsync: 'on', commit: 'on', zone: 'UTC', addresses: '127.0.0.1' };
  assert.deepEqual(await query(url, settings), { ...expected, by_code_point: true, upper: 'É' });
  const asStranger = query(url.replace(/:[\w-]{32}@/, ':wrong@'), sql.unsafe`SELECT 1`);
  await assert.rejects(asStranger, /password authentication failed/);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, 'password')).mode & 0o777, 0o600);
  await stop();
});

test('a later start has the data, and a stop leaves no process', async () => {
  const first = await start(directory);
  await query(first.url, sql.unsafe`CREATE TABLE kept AS SELECT 42 AS answer`);
  const family = familyIn(directory);
  await first.stop();
  assert.ok(isGone(family));
  const second = await start(directory);
  assert.deepEqual(await query(second.url, sql.unsafe`SELECT answer FROM kept`), { answer: 42 });
  await Promise.all([second.stop(), second.stop()]);
  assert.equal(existsSync(join(directory, 'data/postmaster.pid')), false);
});

test('a second engine on the same folder says what to do, and the first one goes on', async () => {
  const { engine, url } = await startElsewhere(directory);
  const refused = new RegExp(
    `engine with process id ${engine.pid} uses .*another WORKSPACE_BASE_PATH or a DATABASE_URL`,
  );
  await assert.rejects(startEmbedded({ directory, log }), refused);
  assert.deepEqual(await query(url, sql.unsafe`SELECT 1 AS one`), { one: 1 });
  engine.kill('SIGKILL');
});

test('two engines with two folders run side by side', async () => {
  const both = await Promise.all([start(join(folder, 'left/.postgres')), start(join(folder, 'right/.postgres'))]);
  await query(both[0].url, sql.unsafe`CREATE TABLE only_left ()`);
  await assert.rejects(query(both[1].url, sql.unsafe`SELECT FROM only_left`), /does not exist|UndefinedTable/);
  await Promise.all(both.map(({ stop }) => stop()));
});

test('PostgreSQL ends soon after an engine that was killed', async () => {
  const { engine } = await startElsewhere(directory);
  const family = familyIn(directory);
  engine.kill('SIGKILL');
  await until(() => isGone(family));
  assert.equal(existsSync(join(directory, 'data/postmaster.pid')), false, 'shut down cleanly');
});

test('the PostgreSQL of a killed engine is ended by the next engine, which has all that was committed', async () => {
  const { engine, url } = await startElsewhere(directory);
  await query(url, sql.unsafe`CREATE TABLE left_behind AS SELECT 1 AS one`);
  const former = familyIn(directory);
  process.kill(guardOf(postmasterIn(directory)), 'SIGKILL');
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  assert.equal(isGone(former), false, 'it is still running');
  const next = await start(directory);
  assert.ok(isGone(former));
  assert.deepEqual(await query(next.url, sql.unsafe`SELECT one FROM left_behind`), { one: 1 });
  await next.stop();
});

test('after engine and PostgreSQL were killed, the next engine recovers what was committed', async () => {
  const { engine, url } = await startElsewhere(directory);
  await query(url, sql.unsafe`CREATE TABLE committed AS SELECT 2 AS two`);
  process.kill(guardOf(postmasterIn(directory)), 'SIGKILL');
  engine.kill('SIGKILL');
  for (const pid of familyIn(directory)) process.kill(pid, 'SIGKILL');
  const next = await start(directory);
  assert.deepEqual(await query(next.url, sql.unsafe`SELECT two FROM committed`), { two: 2 });
  await next.stop();
});

test('a pid file that names another program’s process does not keep PostgreSQL from starting', async () => {
  await (await start(directory)).stop();
  const lines = [process.pid, join(directory, 'data'), 1, 5432, '', '127.0.0.1', '1 1', 'ready', ''];
  writeFileSync(join(directory, 'data/postmaster.pid'), lines.join('\n'));
  const { url, stop } = await start(directory);
  assert.deepEqual(await query(url, sql.unsafe`SELECT 1 AS one`), { one: 1 });
  await stop();
});

test('a first start that was cut short is begun again', async () => {
  const place = join(folder, 'cut-short');
  const embedded = new URL('./embedded.ts', import.meta.url).href;
  const script = `
    const log = { info() {}, warn() {}, error() {} };
    await (await import('${embedded}')).startEmbedded({ directory: '${place}', log });`;
  const engine = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await until(() => existsSync(place) && readdirSync(place).some((name) => name.startsWith('data'))); // Unfinished, if seen in time.
  engine.kill('SIGKILL');
  const { url, stop } = await start(place);
  assert.deepEqual(await query(url, sql.unsafe`SELECT 1 AS one`), { one: 1 });
  assert.deepEqual(readdirSync(place).sort(), ['data', 'owner', 'password', 'postgres.log']);
  await stop();
});

test('PostgreSQL that ends by itself is started again, under the same URL', async () => {
  const { url, stop } = await start(directory);
  await query(url, sql.unsafe`CREATE TABLE survived AS SELECT 3 AS three`);
  const killed = postmasterIn(directory);
  process.kill(killed, 'SIGKILL');
  await until(() => isGone([killed]));
  const answers = () => query(url, sql.unsafe`SELECT three FROM survived`).catch(() => undefined);
  await until(async () => (await answers()) !== undefined);
  assert.deepEqual(await answers(), { three: 3 });
  assert.notEqual(postmasterIn(directory), killed);
  const family = familyIn(directory);
  await stop();
  assert.ok(isGone(family));
});

test('a folder below one that only its owner may enter works too', async () => {
  const closed = mkdtempSync(join(folder, 'closed-'));
  chmodSync(closed, 0o700);
  const { url, stop } = await start(join(closed, 'base/.postgres'));
  assert.deepEqual(await query(url, sql.unsafe`SELECT 1 AS one`), { one: 1 });
  await stop();
});

test('files without their password, or of another version, are left alone and explained', async () => {
  await (await start(directory)).stop();
  rmSync(join(directory, 'password'));
  await assert.rejects(startEmbedded({ directory, log }), /password is missing: restore it, or move .* away/);
  const version = join(directory, 'data/PG_VERSION');
  writeFileSync(version, '17\n');
  await assert.rejects(startEmbedded({ directory, log }), /is of PostgreSQL 17, but this engine brings PostgreSQL 18/);
});

/** The shell that shuts PostgreSQL down when its engine ends. */
function guardOf(postmaster: number): number {
  const isGuard = (pid: number) => textOf(`/proc/${pid}/cmdline`).endsWith(`kill -INT "$0"\0${postmaster}\0`);
  return processes().find(isGuard) ?? assert.fail('no guard');
}
