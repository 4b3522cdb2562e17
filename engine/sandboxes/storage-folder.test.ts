// An unusable storage folder is refused at once, in one sentence, whatever is wrong with it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from '../config.ts';
import { openStorageFolder } from './storage-folder.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lucid-storage-folder-'));
after(() => rmSync(folder, { recursive: true }));
const inside = (name: string) => path.join(folder, name);

test('a missing folder is made with its parents, and a present one is used', async () => {
  for (const _ of ['made', 'there']) await openStorageFolder(inside('a/b/c'));
  assert.ok(statSync(inside('a/b/c')).isDirectory());
});

test('a file, a link to nowhere and a file system without folders are refused by name', async () => {
  writeFileSync(inside('file'), '');
  symlinkSync(inside('nowhere'), inside('link'));
  for (const [given, hint] of [
    [inside('file'), 'a part of it is a file'],
    [inside('file/deeper'), 'a part of it is a file'],
    [inside('link'), 'a part of it is a link that leads nowhere'],
    ['/proc/lucid', 'no folder can be made there'],
  ] as const)
    await assert.rejects(openStorageFolder(given), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.message, `WORKSPACE_BASE_PATH is "${given}", where nothing can be kept: ${hint}.`);
      return true;
    });
});
