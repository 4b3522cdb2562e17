// An engine finds the living processes of others that have its storage folder.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { nameOfProcess } from '../setup/lock-directory.mjs';
import { RunNotes } from './run-notes.ts';

test('another engine on the same folder is known while its process lives, and an earlier run of this one is none', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-notes-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const notes = new RunNotes(folder);
  assert.equal(await notes.findOtherProcess(), undefined);
  await notes.add('own');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  t.after(() => other.kill('SIGKILL'));
  const processName = nameOfProcess(other.pid ?? 0);
  await writeFile(path.join(folder, '.runs', 'half'), '{"mach');
  await writeFile(path.join(folder, '.runs', 'far'), JSON.stringify({ machine: 'far', process: processName }));
  assert.equal(await notes.findOtherProcess(), undefined);
  await writeFile(path.join(folder, '.runs', 'other'), JSON.stringify({ machine: hostname(), process: processName }));
  assert.equal(await notes.findOtherProcess(), other.pid);
  const exited = once(other, 'exit');
  other.kill('SIGKILL');
  await exited;
  assert.equal(await notes.findOtherProcess(), undefined);
  assert.deepEqual(await notes.findDead(), ['other']);
});
