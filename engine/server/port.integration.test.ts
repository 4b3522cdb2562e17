// A port belongs to one engine: a second one says so and ends, and takes none of the first one's connections.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../database/embedded/free-port.ts';
import { engineFlags } from '../setup/engine-flags.mjs';
import { createTestDatabase } from '../testing/database.ts';
import { testEnvironmentOf } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The engine is expected to end. */
async function ended(databaseUrl: string, environment: Record<string, string>) {
  const env = { ...process.env, ...testEnvironmentOf(databaseUrl), HOST_THREADS: '1', ...environment };
  const child = spawn(process.execPath, [...engineFlags, main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = [child.stdout.toArray(), child.stderr.toArray()];
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, log: (await out).join(''), said: (await err).join('') };
}

test('a second engine on a port ends with a sentence that says so; the first goes on', async (t) => {
  const database = await createTestDatabase();
  const first = await startEngineProcess(database.url, { HOST_THREADS: '1' });
  t.after(async () => {
    await first.kill();
    await database.drop();
  });
  const second = await ended(database.url, { PORT: String(first.port) });
  assert.equal(second.code, 78, 'not worth starting again');
  assert.match(second.said, new RegExp(`^Port ${first.port} on 127\\.0\\.0\\.1 is taken: [^\\n]*\\.\\n$`));
  assert.doesNotMatch(second.log, /engine\.started/);
  assert.equal((await fetch(`${first.http}/ready`)).status, 200);
});

test('a second `npm start` in one folder says why it ends, on the same port and on another', async (t) => {
  const base = await mkdtemp('/tmp/lucid-port-base-');
  const environment = { HOST_THREADS: '1', DATABASE_URL: '', WORKSPACE_BASE_PATH: base };
  const first = await startEngineProcess('', environment);
  t.after(async () => {
    await first.terminate();
    await rm(base, { recursive: true });
  });
  const same = await ended('', { ...environment, PORT: String(first.port) });
  assert.deepEqual([same.code, same.said.split(' is taken')[0]], [78, `Port ${first.port} on 127.0.0.1`]);
  const other = await ended('', environment);
  assert.equal(other.code, 78);
  assert.match(other.said, new RegExp(`^The engine with process id ${first.pid} uses the database in [^\\n]*\\.\\n$`));
});

test('one of two engines that start on a port at the same moment gets it', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const port = await findFreePort();
  const environment = { HOST_THREADS: '1', PORT: String(port) };
  const starts = await Promise.allSettled([1, 2].map(() => startEngineProcess(database.url, environment)));
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  await Promise.all(running.map((engine) => engine.kill()));
  assert.equal(running.length, 1);
});

test('an engine ends with the name of an address that the machine does not have', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const { code, said } = await ended(database.url, { HOST: '203.0.113.7' });
  assert.equal(code, 78);
  assert.equal(said, 'HOST is "203.0.113.7", which is no address of this machine.\n');
});

test('an engine gets its port again at once after a crash', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const environment = { HOST_THREADS: '1', PORT: String(await findFreePort()) };
  const first = await startEngineProcess(database.url, environment);
  await (await fetch(`${first.http}/ready`)).text(); // This connection is open when the engine dies.
  await first.kill();
  const next = await startEngineProcess(database.url, environment);
  assert.equal((await fetch(`${next.http}/health`)).status, 200);
  await next.kill();
});
