// The command as it is published: of use in an empty folder, with nothing else to install.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { signTestToken, startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';

const run = promisify(execFile);

let engine: TestEngine;
let folder: string;
let env: NodeJS.ProcessEnv;
before(async () => {
  engine = await startTestEngine();
  folder = await mkdtemp(path.join(tmpdir(), 'lucid-cli-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: import.meta.dirname });
  const [archive = ''] = await readdir(folder);
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const how = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...how, `./${archive}`], { cwd: folder });
  env = { ...process.env, LUCID_URL: engine.http, LUCID_TOKEN: await signTestToken('ada'), XDG_CONFIG_HOME: folder };
});
after(async () => {
  await engine?.close();
  await rm(folder, { recursive: true });
});

const lucid = (...args: string[]) => run(path.join(folder, 'node_modules/.bin/lucid'), args, { cwd: folder, env });

test('`lucid run` works from an empty folder, and nothing else was installed', async () => {
  const installed = (await readdir(path.join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
  assert.deepEqual(installed, ['lucid-cli']);
  assert.match((await lucid('run', 'Write hello world')).stdout, /✓ The agent has completed its task\./);
  assert.match((await lucid('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('the licenses of all that is inside are there', async () => {
  const dist = path.join(folder, 'node_modules/lucid-cli/dist');
  assert.match(await readFile(path.join(dist, 'LICENSE'), 'utf8'), /MIT License/);
  const inside = await readFile(path.join(dist, 'LICENSES-OF-PACKAGES'), 'utf8');
  for (const name of ['commander', 'picocolors', 'string-width', 'jose', 'ws'])
    assert.match(inside, new RegExp(`^${name} `, 'm'));
});

test('`--local` says that the engine isn’t here', async () => {
  await assert.rejects(
    lucid('run', '--local', 'Write hello world'),
    ({ code, stderr }: { code: number; stderr: string }) => {
      assert.equal(code, 2);
      assert.match(stderr, /--local starts the engine of its repository, which is not here/);
      return true;
    },
  );
});
