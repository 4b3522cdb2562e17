// `lucid run --local`: an engine for the one task, of which nothing is left.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { FakeProvider } from '../../../actors/testing/provider/fake-provider.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { runCommand } from '../testing/run-command.ts';
import { keys, Terminal } from '../testing/terminal.ts';

async function makeFolder(t: { after(f: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-local-test-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('a task is done without a server and without settings, with the key of the environment, and nothing is left', async (t) => {
  const TMPDIR = await makeFolder(t);
  const provider = await FakeProvider.open();
  t.after(() => provider.close());
  provider.plan('anthropic', answer({ text: 'All by myself.' }));
  const env = { TMPDIR, ANTHROPIC_API_KEY: 'sk-ant-0123456789abcdef', LLM_BASE_URL: provider.url, SANDBOX: 'memory' };
  const { code, stdout, stderr } = await runCommand(['run', '--local', 'Go'], { env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /All by myself\.\n✓ /);
  assert.match(stderr, /Starting an engine for this task\./);
  assert.deepEqual(await readdir(TMPDIR), []);
});

test('who leaves with Ctrl-C ends the engine, too', async (t) => {
  const TMPDIR = await makeFolder(t);
  const terminal = Terminal.lucid(['run', '--local', 'Emit 1000 events, 1 every 50 ms'], { TMPDIR, SANDBOX: 'memory' });
  t.after(() => terminal.close());
  await terminal.see(/working/);
  terminal.press(keys.interrupt + keys.interrupt);
  await terminal.see(/The engine of this one task ends, and the session with it\./);
  assert.equal(await terminal.ended, 130);
  assert.deepEqual(await readdir(TMPDIR), []);
});

test('Ctrl-C while the engine starts ends it, and leaves nothing', async (t) => {
  const TMPDIR = await makeFolder(t);
  const terminal = Terminal.lucid(['run', '--local', 'Go'], { TMPDIR, SANDBOX: 'memory' });
  t.after(() => terminal.close());
  await terminal.see(/Starting an engine/);
  terminal.press(keys.interrupt);
  await terminal.see(/Interrupted before the engine had started\./);
  assert.equal(await terminal.ended, 130);
  assert.deepEqual(await readdir(TMPDIR), []);
});

test('an engine that doesn’t start says why', async () => {
  const { code, stderr } = await runCommand(['run', '--local', 'Go'], { env: { MAX_ITERATIONS: 'many' } });
  assert.equal(code, 1);
  assert.match(stderr, /The engine did not start[\s\S]*MAX_ITERATIONS is "many"/);
});
