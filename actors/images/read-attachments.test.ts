// Files that were sent with a message: each under a name that nothing stumbles over, pictures by their bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { resolveInWorkspace } from '../../sandbox/workspace/workspace-path.ts';
import { makePng } from '../testing/pictures.ts';
import { attachmentsFolder } from './attached-files.ts';
import { readAttachments } from './read-attachments.ts';

const png = makePng(4, 3);
const fileOf = (name: string, bytes: Uint8Array = Buffer.from('a,b'), type = '') => ({ name, type, bytes });

function pathOf(name: string): string {
  const read = readAttachments([fileOf(name)]);
  assert.ok(read.ok);
  return read.value[0]?.attachment.path ?? '';
}

test('a picture is one by its bytes, whatever it is called, and anything else is a file', () => {
  const read = readAttachments([fileOf('notes.txt', png, 'text/plain'), fileOf('data.csv')]);
  assert.ok(read.ok);
  const [picture, other] = read.value.map(({ attachment }) => attachment);
  assert.partialDeepStrictEqual(picture?.image, { mediaType: 'image/png', width: 4, height: 3, size: png.length });
  assert.equal(picture?.image?.digest, picture?.digest);
  assert.deepEqual([other?.image, other?.size], [undefined, 3]);
});

test('an image that is none, or that no model takes, is refused by its name', () => {
  const refusedAs = (bytes: Uint8Array, type = '') => {
    const read = readAttachments([fileOf('ok.txt'), fileOf('shot.png', bytes, type)]);
    assert.ok(!read.ok && read.failure.code === 'invalid');
    assert.equal(read.failure.errors?.[0]?.path, 'files.1');
    return read.failure.detail;
  };
  assert.match(
    refusedAs(Buffer.from('<svg/>'), 'image/png'),
    /^shot\.png: It is said to be image\/png, and its bytes are no/,
  );
  assert.match(refusedAs(makePng(9_000, 1)), /8000 pixels/);
  assert.match(refusedAs(png.subarray(0, 14)), /no whole image/);
});

test('names keep what people read, and nothing that leads elsewhere', () => {
  assert.match(pathOf('Bildschirmfoto – ä.png'), /^\/workspace\/\.attachments\/[0-9a-f]{8}-Bildschirmfoto_ä\.png$/);
  for (const name of ['../../etc/passwd', 'C:\\temp\\passwd', '-passwd', '.passwd'])
    assert.match(pathOf(name), /-passwd$/);
  for (const name of ['', '..', '/', '\0', '$(rm)'.slice(0, 2)]) assert.match(pathOf(name), /-file$/);
  assert.match(pathOf(`${'x'.repeat(300)}.png`), /-x{96}\.png$/);
});

test('every name is a file right in the folder of attachments', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const path = pathOf(name);
      assert.deepEqual(resolveInWorkspace(path), { ok: true, value: path });
      assert.match(path.slice(attachmentsFolder.length + 1), /^[0-9a-f]{8}-[^/\\\s'"$`]+$/);
      assert.ok(path.isWellFormed());
    }),
  );
});
