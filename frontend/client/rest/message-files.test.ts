// Files of a message: what the engine wouldn't take is known before it is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../schema/limits.ts';
import { findFilesProblem } from './message-files.ts';

const fileOf = (size: number, name = 'a.bin', type = '') => new File([new Uint8Array(size)], name, { type });
const wordsOf = (...files: File[]) => findFilesProblem(files)?.message;

test('as many and as large files as the engine takes are taken', () => {
  assert.equal(wordsOf(), undefined);
  assert.equal(wordsOf(...Array.from({ length: limits.attachmentsMax }, () => fileOf(1))), undefined);
  assert.equal(wordsOf(fileOf(limits.attachmentsBytesMax - 1), fileOf(1)), undefined);
  assert.equal(wordsOf(fileOf(limits.imageBytesMax, 'a.png', 'image/png')), undefined);
});

test('one file too many, or one byte, is refused in words that say which', () => {
  assert.equal(
    wordsOf(...Array.from({ length: limits.attachmentsMax + 1 }, (_, at) => fileOf(1, `${at}`))),
    '10: At most 10 files come with a message.',
  );
  assert.equal(
    wordsOf(fileOf(limits.attachmentsBytesMax + 1024 ** 2)),
    'a.bin: It holds 17 MiB, and the files of a message may hold 16 MiB together.',
  );
  assert.equal(
    wordsOf(fileOf(limits.attachmentsBytesMax), fileOf(1024 ** 2, 'b.bin')),
    'b.bin: With it there would be 17 MiB, and the files of a message may hold 16 MiB together.',
  );
  assert.equal(
    wordsOf(fileOf(1), fileOf(limits.imageBytesMax + 1024 ** 2, 'b.png', 'image/png')),
    'b.png: It holds 4.75 MiB, and an image may hold 3.75 MiB.',
  );
  const { errors, retryable, code } = findFilesProblem([fileOf(1), fileOf(4 << 20, 'b.gif', 'image/gif')]) ?? {};
  assert.deepEqual([errors?.[0]?.path, retryable, code], ['files.1', false, 'invalid']);
});
