// Pages of a PDF are drawn inside of the sandbox and shown to the model beside their text; a hostile one costs a sentence.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { openConfinementHere } from '../../sandbox/testing/confinement-here.ts';
import { dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import { succeeded } from '../../schema/error.ts';
import { imageTypeOf } from '../images/read-image.ts';
import { makeEndlessPdf, makeFilteredPdf, makeLockedPdf, makePdf, makeSizedPdf } from '../testing/pdfs.ts';
import { observeCall } from '../testing/tool-calls.ts';

const sandboxes = new TestSandboxes();
let sandbox: Sandbox;
dockerHooks.before(async () => {
  sandbox = await sandboxes.open('pages');
});
dockerHooks.after(async () => {
  await sandbox.close();
  assert.deepEqual(await sandboxes.close(), []);
});

async function look(pdf: Uint8Array, page: object, from: Sandbox = sandbox) {
  await from.write('it’s a.pdf', pdf);
  const kept: Uint8Array[] = [];
  const keepImage = async (bytes: Uint8Array) => succeeded(`digest-${kept.push(bytes)}`);
  const { content, metadata } = await observeCall('read', { path: 'it’s a.pdf', ...page }, from, { keepImage });
  return { content, images: metadata.images ?? [], kept };
}

dockerTest('pages that a call names are seen as pictures beside their text, and others are not', async () => {
  const pdf = makePdf('One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven');
  const { content, images, kept } = await look(pdf, { offset: 2, limit: 2 });
  assert.equal(
    content,
    '[Page 2 of 7]\nTwo\n[Page 3 of 7]\nThree\n[There are 7 pages: read on with offset 4.]\n' +
      '[Shown as pictures, in this order: pages 2, 3.]\n',
  );
  assert.deepEqual(
    images.map(({ width, height, mediaType }) => [width, height, mediaType]),
    Array(2).fill([1568, 1046, 'image/jpeg']),
  );
  assert.ok(kept.length === 2 && kept.every((bytes) => imageTypeOf(bytes) === 'image/jpeg'));
  assert.equal((await look(pdf, { offset: 6, limit: 5 })).images.length, 2, 'up to the last page');
  for (const page of [{}, { offset: 2 }, { limit: 6 }]) assert.equal((await look(pdf, page)).images.length, 0);
});

dockerTest('a page of any size is a picture of bounded size', async () => {
  for (const [width, height] of [
    [20_000_000, 20_000_000],
    [1_000_000, 1],
    [1e-3, 1e-3],
    [14_400, 14_400],
  ] as const) {
    const { images, content } = await look(makeSizedPdf(width, height), { limit: 1 });
    for (const image of images) assert.ok(Math.max(image.width, image.height) <= 1_569, content);
    assert.ok(images.length === 1 || /can't be shown as a picture/.test(content), content);
  }
});

dockerTest('a hostile PDF costs a sentence, and the next one is read', async () => {
  const many = await look(makePdf(...Array(10_000).fill('x')), { offset: 9_999, limit: 5 });
  assert.equal(many.images.length, 2);
  const locked = await look(makeLockedPdf(), { limit: 1 });
  assert.match(
    locked.content,
    /^The PDF can't be read: .*\n\[Page 1 can't be shown as a picture: it is broken or has a/,
  );
  const bomb = makeFilteredPdf(deflateSync(Buffer.alloc(640 * 1024 * 1024, ' ')), 'FlateDecode');
  for (const pdf of [makeEndlessPdf(), bomb, Buffer.from('%PDF-1.7 nonsense'), makePdf('One').subarray(0, 100)]) {
    const { images, content } = await look(pdf, { limit: 1 });
    assert.ok(images.length === 1 || /can't be shown as a picture: it /.test(content), content);
  }
  assert.equal((await look(makePdf('Next'), { limit: 1 })).images.length, 1);
});

dockerTest('what a program of that name prints in its place is no picture, and bounded', async () => {
  const program = '#!/bin/sh\nyes flood';
  await sandbox.write('bin/pdftoppm', program);
  await readOutputOf(sandbox, 'mkdir -p ~/.local/bin && cd ~/.local/bin && cp /workspace/bin/pdftoppm . && chmod +x *');
  const { images, content, kept } = await look(makePdf('One'), { limit: 1 });
  assert.deepEqual([images, kept], [[], []]);
  assert.match(content, /^\[Page 1 of 1\]\nOne\n\[Page 1 can't be shown as a picture: /);
  await readOutputOf(sandbox, 'rm ~/.local/bin/pdftoppm');
  const endless = `#!/bin/sh\nexec sleep 600`;
  await sandbox.write('bin/pdftoppm', endless);
  await readOutputOf(sandbox, 'cd ~/.local/bin && cp /workspace/bin/pdftoppm . && chmod +x pdftoppm');
  assert.match((await look(makePdf('One'), { limit: 1 })).content, /it takes too long\.\]\n$/);
  await readOutputOf(sandbox, 'rm ~/.local/bin/pdftoppm');
});

test('in a folder of this machine pages are drawn where it has the program, and otherwise their text is given', async (t) => {
  const base = await mkdtemp('/tmp/lucid-pages-');
  const source = new LocalSource(base, openConfinementHere(base));
  t.after(async () => {
    await source.close();
    await rm(base, { recursive: true, force: true });
  });
  const opened = await source.open(requestOf('pages'));
  assert.ok(opened.ok);
  const { content, images } = await look(makePdf('One'), { limit: 1 }, opened.value.sandbox);
  const note = images.length > 0 ? 'Shown as pictures, in this order: pages 1.' : absentNote;
  assert.equal(content, `[Page 1 of 1]\nOne\n[${note}]\n`);
});

const absentNote = "The pages can't be shown as pictures: there is no pdftoppm (of poppler-utils) in this sandbox.";

test('where nothing can draw, the text is given and it is said', async () => {
  const { content, images } = await look(makePdf('One'), { limit: 1 }, new MemorySandbox());
  assert.deepEqual(images, []);
  assert.equal(content, `[Page 1 of 1]\nOne\n[${absentNote}]\n`);
});
