// What a sandbox says of its snapshots is not trusted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { GitSnapshots } from './git-snapshots.ts';

const takeAs = (answer: string) =>
  new GitSnapshots({
    root: '/workspace',
    capture: async () => succeeded({ bytes: Buffer.from(answer), isCut: false, exitCode: 0 }),
    write: async () => succeeded(undefined),
  }).take(undefined);

test('a sandbox that says to hold more than a snapshot may have is not read', async () => {
  const lineOf = (bytes: number) => `${'a'.repeat(40)} base ${bytes} file 0\n`;
  const most = await takeAs(lineOf(limits.snapshotBytesMax));
  assert.ok(most.ok && most.value?.bytes === limits.snapshotBytesMax);
  const more = await takeAs(lineOf(limits.snapshotBytesMax + 1));
  assert.equal(more.ok ? undefined : more.failure.code, 'fileTooLarge');
});

test('an answer that makes no sense is a failure', async () => {
  for (const answer of [
    '',
    'same',
    `${'a'.repeat(40)} base -1 file 0\n`,
    `${'A'.repeat(40)} base 1 file 0\n`,
    `${'a'.repeat(40)} base 1 here 0\n`,
    'base\n',
  ])
    assert.equal((await takeAs(answer)).ok, false, answer);
});
