// The engine's secrets are in no environment that another program can read: neither its own nor that of its parents.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { engineSecretsOf, readConfig, secretNames } from '../config.ts';
import { findHolders, warningOfHolders } from '../secrets/secret-holders.ts';
import { listSecretNames } from '../setup/secret-names.mjs';
import { findSecrets, makeCanary, makeEngineCanaries } from '../testing/canary.ts';
import { createTestDatabase } from '../testing/database.ts';
import { testEnvironmentOf } from '../testing/engine.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function waitUntilRunning(child: ChildProcess): Promise<void> {
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('engine.started')) return;
  throw new Error('It ended before it had started.');
}

/** A process and all below it. */
async function treeOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(
      async (one) => /^PPid:\t(\d+)$/m.exec(await readFile(`/proc/${one}/status`, 'latin1').catch(() => ''))?.[1],
    ),
  );
  const tree = [pid];
  for (const one of tree) tree.push(...pids.filter((_, at) => Number(parents[at]) === one));
  return tree;
}

test("programs of the same account find none of the engine's secrets in /proc, though the engine has them", async (t) => {
  const database = await createTestDatabase();
  const canaries = makeEngineCanaries();
  const env = { ...process.env, ...testEnvironmentOf(database.url), ...canaries, SHOWN: makeCanary('shown-') };
  const bootstrap = ['engine/setup/bootstrap.mjs', '--keep-alive', 'engine/main.ts'];
  const child = spawn(process.execPath, bootstrap, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
    await database.drop();
  });
  await waitUntilRunning(child);
  const tree = await treeOf(child.pid ?? 0);
  assert.ok(tree.length >= 2, 'what starts the engine, and the engine');
  const texts = await Promise.all(tree.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1')));
  const places = Object.fromEntries(texts.map((text, at) => [`process ${at}`, text]));
  assert.deepEqual(findSecrets({ ...canaries, DATABASE_URL: database.url }, places), []);
  assert.ok(
    texts.every((text) => text.includes(env.SHOWN)),
    'the environments were read',
  );
});

test('the two lists of secret variables are the same', () => {
  const environment = Object.fromEntries(secretNames.map((name) => [name, 'x']));
  assert.deepEqual(listSecretNames({ ...environment, PORT: '1' }).sort(), [...secretNames].sort());
});

test('a password in the database’s URL is secret, encoded and decoded; the public default is not', () => {
  const environment = { DATABASE_URL: 'postgresql://user:p%40ss-word@host/db', INTERNAL_API_KEY: 'internal-key' };
  const secrets = engineSecretsOf(readConfig(environment));
  assert.deepEqual(secrets, [environment.DATABASE_URL, 'internal-key', 'p%40ss-word', 'p@ss-word']);
});

test('a process that started the engine and still shows its secrets is named', async () => {
  const holder = spawn('sleep', ['60'], { env: { PATH: '/usr/bin:/bin', SESSION_SECRET: 'x', OTHER: 'y' } });
  const [found] = findHolders(secretNames, holder.pid);
  assert.deepEqual(found, { pid: holder.pid, name: 'sleep', variables: ['SESSION_SECRET'] });
  assert.match(warningOfHolders(findHolders(secretNames, holder.pid)) ?? '', /read SESSION_SECRET in .* sleep .*\.env/);
  assert.equal(warningOfHolders([]), undefined);
  holder.kill();
});
