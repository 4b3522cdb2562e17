// What find prints of a workspace is read whole, of any names; too much of it is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { failureCodeOf } from '../conformance/tested-sandbox.ts';
import type { Captured } from '../shell/capture.ts';
import { listAllFiles, parseListing } from './all-files.ts';
import { bytesOfEscaped, escapedTextOf } from './escaped-text.ts';

const name = fc
  .uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 20 })
  .map((bytes) => escapedTextOf(Buffer.from(bytes)));

const entry: fc.Arbitrary<WorkspaceEntry> = fc
  .record({
    path: name,
    kind: fc.constantFrom('file' as const, 'folder' as const, 'link' as const),
    size: fc.nat(),
    mode: fc.nat({ max: 0o7777 }),
    modifiedAtS: fc.nat(),
    target: name,
  })
  .map(({ target, ...rest }) => (rest.kind === 'link' ? { ...rest, target } : rest));

const letters = { file: 'f', folder: 'd', link: 'l' };
const printed = ({ path, kind, size, mode, modifiedAtS, target = '' }: WorkspaceEntry): Buffer => {
  const facts = `${letters[kind]} ${size} ${mode.toString(8)} ${modifiedAtS}\0`;
  return Buffer.concat([
    Buffer.from(facts),
    bytesOfEscaped(target),
    Buffer.from([0]),
    bytesOfEscaped(path),
    Buffer.from([0]),
  ]);
};

test('every entry is found as it is, and of an output that is cut none that is not so', () => {
  void fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), fc.nat({ max: 300 }), (all, cut) => {
      const output = Buffer.concat(all.map(printed));
      assert.deepEqual(parseListing(output), all);
      const some = parseListing(output.subarray(0, cut));
      assert.deepEqual(some, all.slice(0, some.length));
    }),
  );
});

test('any bytes at all are read without a throw', () => {
  void fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseListing(Buffer.from(bytes))));
});

test('more files than an archive may hold, and a listing that is cut, are refused', async () => {
  const capturing = (captured: Partial<Captured>) => async (): Promise<Outcome<Captured>> =>
    succeeded({ bytes: Buffer.alloc(0), isCut: false, exitCode: 0, ...captured });
  const one = Buffer.from('f 1 644 0\0\0a\0');
  const many = Buffer.concat(Array.from({ length: limits.archiveEntriesMax + 1 }, () => one));
  assert.equal(failureCodeOf(await listAllFiles('/workspace', capturing({ bytes: many }))), 'fileTooLarge');
  assert.equal(failureCodeOf(await listAllFiles('/workspace', capturing({ isCut: true }))), 'fileTooLarge');
  assert.equal(failureCodeOf(await listAllFiles('/workspace', capturing({ exitCode: 1 }))), 'sandboxFailed');
  assert.equal(failureCodeOf(await listAllFiles('/workspace', capturing({ bytes: many.subarray(one.length) }))), '');
});
