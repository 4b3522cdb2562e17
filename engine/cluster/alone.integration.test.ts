// An engine without CLUSTER_URL loads nothing of a cluster.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startAt } from '../testing/cluster.ts';
import { createTestDatabase } from '../testing/database.ts';
import { startEngineProcess } from '../testing/process.ts';

/** Has Node print the address of every module that it loads. */
const printer = `import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => (writeSync(2, 'loads ' + url + '\\n'), next(url, context)) });`;

test('an engine that is alone loads neither NATS nor anything else of a cluster, nor of a store of workspaces', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-alone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const hook = path.join(folder, 'hook.mjs');
  await writeFile(hook, printer);
  const environment = { WORKSPACE_BASE_PATH: path.join(folder, 'storage'), HOST_THREADS: '1' };
  const engine = await startEngineProcess(database.url, environment, ['--import', pathToFileURL(hook).href]);
  t.after(() => engine.kill());
  const client = await startAt(engine, 'Emit 1 event');
  await client.waitForStatus('completed');
  await client.close();
  const loaded = engine
    .output()
    .split('\n')
    .filter((line) => line.startsWith('loads '));
  assert.ok(
    loaded.some((line) => line.endsWith('/engine/sessions/sessions.ts')),
    'what is loaded is printed',
  );
  assert.deepEqual(
    loaded.filter((line) =>
      /nats|@kubernetes|\/sandbox\/kubernetes\/|\/engine\/cluster\/|@aws-sdk|\/snapshot\/(store\/|snapshot-store|sealed|restore)/.test(
        line,
      ),
    ),
    [],
  );
});
