// Files that are too many or too large are left out when they are given, and all others go along.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeFiles } from './take-files.ts';

const fileOf = (bytes: number, type = '') => new File([new Uint8Array(bytes)], 'any', { type });
const mebibyte = 1024 ** 2;

test('what is too large is left out with its reason, and what comes behind it is taken', () => {
  const { files, refused } = takeFiles(
    [fileOf(10 * mebibyte)],
    [
      { name: 'large', file: fileOf(7 * mebibyte) },
      { name: 'large.png', file: fileOf(4 * mebibyte, 'image/png') },
      { name: 'a/small\u202e', file: fileOf(3, 'text/plain') },
    ],
  );
  assert.deepEqual(refused, [
    {
      name: 'large',
      problem: 'With it there would be 17 MiB, and the files of a message may hold 16 MiB together.',
    },
    { name: 'large.png', problem: 'It holds 4 MiB, and an image may hold 3.75 MiB.' },
  ]);
  assert.deepEqual(
    files.map(({ name, size, type }) => [name, size, type]),
    [['a-small', 3, 'text/plain']],
  );
});

test('the eleventh file and those behind it are left out', () => {
  const given = Array.from({ length: 12 }, (_, at) => ({ name: `${at}`, file: fileOf(1) }));
  const { files, refused } = takeFiles([], given);
  assert.equal(files.length, 10);
  assert.deepEqual(
    refused.map(({ name, problem }) => `${name}: ${problem}`),
    ['10: At most 10 files come with a message.', '11: At most 10 files come with a message.'],
  );
});
