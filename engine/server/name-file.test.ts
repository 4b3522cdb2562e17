// A downloaded file is told by its chat's title, and its name is a file's on every system.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameFile } from './name-file.ts';

test('a file has the words of the title', () => {
  const names = [
    'Write hello world',
    '  Mend "login" & <b>logout</b>?',
    'Fork of A/B',
    'Größe в тесте',
    '../../etc/passwd',
  ];
  assert.deepEqual(
    names.map((title) => nameFile(title, 'c-1')),
    ['Write-hello-world', 'Mend-login-b-logout-b', 'Fork-of-A-B', 'Größe-в-тесте', 'etc-passwd'],
  );
});

test('a title without a letter leaves the id', () => {
  assert.deepEqual(
    ['', '…', '\u202e', '🙂'].map((title) => nameFile(title, 'c-1')),
    ['c-1', 'c-1', 'c-1', 'c-1'],
  );
});

test('no title makes a name that leads elsewhere, deceives or is too long for a file system', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (title) => {
      const name = nameFile(title, 'c-1');
      assert.match(name, /^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*$/u);
      assert.ok(Buffer.byteLength(name) <= 200);
      assert.doesNotThrow(() => encodeURIComponent(name));
    }),
  );
});
