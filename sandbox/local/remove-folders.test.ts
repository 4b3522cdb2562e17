// Folders that a session leaves are removed, whatever it did to them; a folder that can't be is reported and tried again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { clearLeavingFolder, leavingFolder, removeFolders } from './remove-folders.ts';

const base = mkdtempSync('/tmp/lucid-removal-');
after(() => rmSync(base, { recursive: true, force: true }));

function makeFolder(name: string): string {
  const folder = path.join(base, name);
  mkdirSync(folder);
  return folder;
}

const listLeft = () => (existsSync(path.join(base, leavingFolder)) ? readdirSync(path.join(base, leavingFolder)) : []);

test('three thousand nested folders with long names are removed', async () => {
  const folder = makeFolder('deep');
  // A shell would take long, because it looks up its folder at each step.
  const script = "for (let i = 0; i < 3000; i++) { fs.mkdirSync('d'.repeat(20)); process.chdir('d'.repeat(20)); }";
  execFileSync(process.execPath, ['-e', script], { cwd: folder });
  assert.deepEqual(await removeFolders(base, [folder]), { ok: true, value: undefined });
  assert.ok(!existsSync(folder));
  assert.deepEqual(listLeft(), []);
});

test('read-only folders, folders that may not be entered and names of any bytes are removed', async () => {
  const folder = makeFolder('locked');
  mkdirSync(path.join(folder, 'a', 'b'), { recursive: true });
  writeFileSync(path.join(folder, 'a', 'b', 'file'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/a/`), Buffer.from([0xff, 0x0a, 0x20])]), '');
  for (const at of ['a/b', 'a']) chmodSync(path.join(folder, at), 0o000);
  chmodSync(folder, 0o500);
  assert.equal((await removeFolders(base, [folder])).ok, true);
  assert.ok(!existsSync(folder));
  assert.deepEqual(listLeft(), []);
});

test('a link is removed, and what it leads to stays', async () => {
  const [folder, kept] = [makeFolder('links'), makeFolder('kept')];
  writeFileSync(path.join(kept, 'file'), '');
  symlinkSync(kept, path.join(folder, 'link'));
  assert.equal((await removeFolders(base, [folder, path.join(base, 'never was')])).ok, true);
  assert.deepEqual(readdirSync(kept), ['file']);
});

test('a folder that can not be removed is a failure with the reason, and the next sweep removes it', async () => {
  const folder = makeFolder('stuck');
  writeFileSync(path.join(base, leavingFolder, 'no folder'), '');
  const removed = await removeFolders(base, [folder]);
  assert.match(removed.ok ? '' : removed.failure.detail, /can't be removed yet: ENOTDIR/);
  rmSync(path.join(base, leavingFolder, 'no folder'));
  assert.equal((await clearLeavingFolder(base)).ok, true);
  assert.deepEqual(listLeft(), []);
});

test('two hosts that remove folders at once both succeed', async () => {
  const folders = Array.from({ length: 20 }, (_, at) => makeFolder(`many-${at}`));
  for (const folder of folders)
    execFileSync('bash', ['-c', 'mkdir -p a/b c; touch a/b/{1..20} c/{1..20}'], { cwd: folder });
  const half = folders.length / 2;
  const both = [removeFolders(base, folders.slice(0, half)), removeFolders(base, folders.slice(half))];
  for (const removed of await Promise.all(both)) assert.deepEqual(removed, { ok: true, value: undefined });
  assert.deepEqual(listLeft(), []);
});
