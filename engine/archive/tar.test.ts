// Archives are read by tar itself as what they were made of, whatever bytes names have.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type TarEntry, tarEnd, tarHeaderOf, tarPaddingOf } from './tar.ts';

type Made = { name: Buffer; content: Buffer; target: Buffer | undefined };

const archiveOf = (all: Made[]): Buffer =>
  Buffer.concat([
    ...all.flatMap(({ name, content, target }) => {
      const kind = target ? 'link' : 'file';
      const entry: TarEntry = {
        name,
        kind,
        size: content.length,
        mode: 0o640,
        modifiedAtS: 86_400,
        ...(target && { target }),
      };
      return [tarHeaderOf(entry), ...(target ? [] : [content, tarPaddingOf(content.length)])];
    }),
    tarEnd,
  ]);

/** What tar makes of an archive: names and contents of files, and where links lead, as hexadecimal digits. */
function extract(archive: Buffer): string[] {
  const folder = mkdtempSync('/tmp/lucid-tar-');
  try {
    execFileSync('tar', ['-x', '-C', folder], { input: archive, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } });
    return readdirSync(Buffer.from(folder), { encoding: 'buffer' }).map((name) => {
      const at = Buffer.concat([Buffer.from(`${folder}/`), name]);
      const isLink = lstatSync(at).isSymbolicLink();
      const held = isLink ? readlinkSync(at, { encoding: 'buffer' }) : readFileSync(at);
      return `${name.toString('hex')} ${isLink ? 'to ' : ''}${held.toString('hex')}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Names of up to as many bytes as Linux allows; the first is none that a path begins with. */
const name = fc
  .uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 254 })
  .map((bytes) => Buffer.from(bytes).map((byte) => (byte === 0x2f ? 0x5f : byte)))
  .map((bytes) => Buffer.concat([Buffer.from('n'), bytes]));
const content = fc.uint8Array({ maxLength: 1_500 }).map((bytes) => Buffer.from(bytes));
const made: fc.Arbitrary<Made> = fc.record({ name, content, target: fc.option(name, { nil: undefined }) });

test('files and links come out of tar with the bytes that they have', () => {
  const many = fc.uniqueArray(made, { selector: (each) => each.name.toString('hex'), minLength: 1, maxLength: 5 });
  void fc.assert(
    fc.property(many, (all) => {
      const expected = all.map(({ name, content: held, target }) =>
        target
          ? `${name.toString('hex')} to ${target.toString('hex')}`
          : `${name.toString('hex')} ${held.toString('hex')}`,
      );
      assert.deepEqual(extract(archiveOf(all)).sort(), expected.sort());
    }),
    { numRuns: 30 },
  );
});

test('folders, rights and times are kept, and no right to run as another', () => {
  const folder = tarHeaderOf({ name: Buffer.from('folder'), kind: 'folder', size: 9, mode: 0o755, modifiedAtS: 0 });
  const file = tarHeaderOf({
    name: Buffer.from('folder/run'),
    kind: 'file',
    size: 0,
    mode: 0o4755,
    modifiedAtS: 86_400,
  });
  const listed = execFileSync('tar', ['-tv', '--utc', '--numeric-owner'], {
    input: Buffer.concat([folder, file, tarEnd]),
  });
  assert.match(
    listed.toString(),
    /^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 folder\/\n-rwxr-xr-x 0\/0 +0 1970-01-02 00:00 folder\/run\n$/,
  );
});
