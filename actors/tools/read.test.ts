// The read tool returns files whole, by lines or in pages, and folders as listings, or says why it can't.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { failed, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { makePdf } from '../testing/pdfs.ts';
import { makePng } from '../testing/pictures.ts';
import { createFiles, observeCall } from '../testing/tool-calls.ts';
import { linesOf } from './text/lines.ts';
import { listingEntriesMax } from './text/listing.ts';
import { cutPage, readCharsMax } from './text/page.ts';

const read = async (files: Record<string, string>, input: Record<string, unknown>) =>
  observeCall('read', input, await createFiles(files));

test('lines are read by offset and limit, and the answer says which they are', async () => {
  const files = { a: 'one\ntwo\nthree\nfour' };
  const said = async (input: object) => (await read(files, { path: 'a', ...input })).content;
  assert.equal(await said({ offset: 2, limit: 2 }), 'two\nthree\n[Lines 2 to 3 of 4.]\n');
  assert.equal(await said({ offset: 3 }), 'three\nfour\n[Lines 3 to 4 of 4.]\n');
  assert.equal(await said({ limit: 1 }), 'one\n[Lines 1 to 1 of 4.]\n');
  assert.equal(await said({ limit: 1_000_000 }), files.a);
});

test('a read says which lines it asked for, and nothing where it asked for the whole file', async () => {
  const files = { a: 'one\ntwo\nthree\nfour' };
  const linesOfRead = async (input: object) => (await read(files, { path: 'a', ...input })).metadata.lines;
  assert.deepEqual(await linesOfRead({ offset: 2, limit: 2 }), { first: 2, last: 3 });
  assert.deepEqual(await linesOfRead({ offset: 2 }), { first: 2 });
  assert.equal(await linesOfRead({}), undefined);
});

test('lines have numbers where that is asked for', async () => {
  const { content } = await read({ a: 'one\ntwo\n' }, { path: 'a', lineNumbers: true });
  assert.equal(content, '1\tone\n2\ttwo\n');
  const part = await read({ a: 'one\ntwo\n' }, { path: 'a', lineNumbers: true, offset: 2 });
  assert.equal(part.content, '2\ttwo\n[Lines 2 to 2 of 2.]\n');
});

test('a line behind the end is an error that says how many there are', async () => {
  const { eventType, content } = await read({ a: 'one\n' }, { path: 'a', offset: 5 });
  assert.deepEqual([eventType, content], ['ErrorObservation', 'The file has 1 lines; there is no line 5.']);
  assert.equal((await read({ a: '' }, { path: 'a' })).content, '');
});

test('a large file comes in pages of whole lines that together are the file', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
  void fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), fc.integer({ min: 1, max: 300 }), (some, times) => {
      const repeat = (text: string) => text.repeat(Math.min(times, Math.floor(readCharsMax / 2 / text.length)));
      const content = some.map((text) => `${repeat(text)}\n`).join('');
      const seen: string[] = [];
      for (let offset = 1; offset <= linesOf(content).length; ) {
        const page = cutPage(content, { offset });
        assert.ok(page.ok && page.value.length < readCharsMax + 200);
        const lines = linesOf(page.value);
        const note = /^\[Lines (\d+) to (\d+) of \d+\.\]\n$/.exec(lines.at(-1) ?? '');
        seen.push(...(note ? lines.slice(0, -1) : lines));
        offset = note ? Number(note[2]) + 1 : linesOf(content).length + 1;
      }
      assert.equal(seen.join(''), content);
    }),
    { numRuns: 50 },
  );
});

test('a single line that is too long is cut and says so', () => {
  const page = cutPage(`${'😀'.repeat(readCharsMax)}\nnext\n`, {});
  assert.ok(page.ok && page.value.length < readCharsMax + 200 && page.value.isWellFormed());
  assert.match(page.value, /\n\[Line 1 is too long to be shown whole; .*\]\n\[Lines 1 to 1 of 2\.\]\n$/);
});

test('a folder is listed two levels deep, folders with a slash', async () => {
  const files = {
    'README.md': '',
    'src/a.ts': '',
    'src/deep/b.ts': '',
    'src/deep/er/c.ts': '',
    'node_modules/x.js': '',
  };
  const root = [
    '/workspace/',
    '/workspace/src/',
    '/workspace/src/deep/',
    '/workspace/src/a.ts',
    '/workspace/README.md',
  ];
  for (const path of ['.', '/workspace', 'src/..'])
    assert.equal((await read(files, { path })).content, `${root.join('\n')}\n`);
  const { eventType, content, metadata } = await read(files, { path: 'src/deep/' });
  const deep = ['', 'er/', 'er/c.ts', 'b.ts'].map((name) => `/workspace/src/deep/${name}\n`).join('');
  assert.deepEqual([eventType, content, metadata.path], ['FileReadObservation', deep, '/workspace/src/deep']);
});

test('a folder of very many files is listed in part, and an empty one says so', async () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`many/${at}`, '']));
  const { content } = await read(many, { path: 'many' });
  assert.equal(linesOf(content).length, listingEntriesMax + 1);
  assert.match(content, /\n\[… 301 more entries left out …\]\n$/);
  const sandbox = new MemorySandbox();
  assert.match((await observeCall('read', { path: '.' }, sandbox)).content, /^\/workspace\/\n\[The folder is empty/);
});

test('what can not be read says why, and what to do instead', async () => {
  const files = { binary: 'a\0b', large: 'x\n'.repeat(limits.fileBytesMax), 'node_modules/x.js': '' };
  for (const [path, why] of [
    ['binary', /^The file is not text\. .*xxd/],
    ['large', /holds \d+ bytes.* sed -n/],
    ['missing', /There is no file/],
    ['../x', /must stay inside/],
  ] as const) {
    const { eventType, content } = await read({ ...files }, { path });
    assert.equal(eventType, 'ErrorObservation', path);
    assert.match(content, why);
  }
});

test('a path as the commands of a local sandbox see it is the same file', async () => {
  class ElsewhereSandbox extends MemorySandbox {
    override readonly root = '/srv/ada/s1';
  }
  const sandbox = new ElsewhereSandbox();
  await sandbox.write('a/b', 'text');
  for (const path of ['/srv/ada/s1/a/b', '/srv/ada/s1/./a/../a/b', '/workspace/a/b', 'a/b']) {
    const { content, metadata } = await observeCall('read', { path }, sandbox);
    assert.deepEqual([content, metadata.path], ['text', '/workspace/a/b']);
  }
  for (const path of ['/srv/ada/s1/../s2/a', '/srv/ada/s12/a', '/srv/ada'])
    assert.equal((await observeCall('read', { path }, sandbox)).eventType, 'ErrorObservation', path);
});

test('a link to a folder, and a folder that listings leave out, are listed where they are asked for', async () => {
  const sandbox = await createFiles({ 'real/deep/a': 'text', 'node_modules/x/index.js': '' });
  await sandbox.run('ln -s real/deep link; ln -s /etc out', { timeoutMs: 1_000, signal: new AbortController().signal });
  const said = async (path: string) => (await observeCall('read', { path }, sandbox)).content;
  assert.equal(await said('link'), '/workspace/link/\n/workspace/link/a\n');
  assert.equal(await said('link/a'), 'text');
  assert.equal(
    await said('node_modules'),
    '/workspace/node_modules/\n/workspace/node_modules/x/\n/workspace/node_modules/x/index.js\n',
  );
  assert.match(await said('out'), /must stay inside/);
});

test('a picture is shown to the model, whatever its name, and what is too large for one says so', async () => {
  const sandbox = new MemorySandbox();
  const png = makePng(1_200, 900);
  await sandbox.write('shot.txt', png);
  await sandbox.write('wide.png', makePng(9_000, 1));
  await sandbox.write('data.bin', Buffer.of(0, 1, 2, 255));
  const kept: Uint8Array[] = [];
  const keepImage = async (bytes: Uint8Array) => succeeded(`digest-${kept.push(bytes)}`);
  const look = (path: string) => observeCall('read', { path }, sandbox, { keepImage });
  const { eventType, content, metadata } = await look('shot.txt');
  assert.equal(eventType, 'FileReadObservation');
  assert.match(content, /^\[The image \/workspace\/shot\.txt: image\/png, 1200 × 900 pixels, \d+ bytes\.\]$/);
  const size = png.length;
  assert.deepEqual(metadata.images, [{ digest: 'digest-1', mediaType: 'image/png', width: 1_200, height: 900, size }]);
  assert.deepEqual(Buffer.from(kept[0] ?? []), png);
  assert.match((await look('wide.png')).content, /9000 × 1; models take at most 8000 pixels a side\. Make a smaller/);
  assert.match((await look('data.bin')).content, /^The file is not text/);
});

test('a picture of more than a megabyte is read in parts, and one that can’t be kept says why', async () => {
  const sandbox = new MemorySandbox();
  const large = Buffer.concat([makePng(10, 10), Buffer.alloc(2 * limits.fileBytesMax + 7, 0x80)]);
  await sandbox.write('a.png', large);
  const kept: Uint8Array[] = [];
  const keepImage = async (bytes: Uint8Array) => succeeded(`digest-${kept.push(bytes)}`);
  await observeCall('read', { path: 'a.png' }, sandbox, { keepImage });
  assert.deepEqual(Buffer.from(kept[0] ?? []), large);
  const full = async () => failed('fileTooLarge', 'A session keeps at most 1 byte.');
  const { eventType, content } = await observeCall('read', { path: 'a.png' }, sandbox, { keepImage: full });
  assert.deepEqual(
    [eventType, content],
    ['ErrorObservation', "The image can't be shown. A session keeps at most 1 byte."],
  );
});

test('of a PDF the text of its pages is read, from the page on that is asked for', async () => {
  const sandbox = new MemorySandbox();
  await sandbox.write('manual', makePdf('Install it', '', 'The end'));
  const pages = async (input: object) => (await observeCall('read', { path: 'manual', ...input }, sandbox)).content;
  const text = '[Page 1 of 3]\nInstall it\n[Page 2 of 3]\n[It holds no text; it may be a picture.]\n';
  assert.equal(await pages({ limit: 2 }), `${text}[There are 3 pages: read on with offset 3.]\n`);
  assert.match(await pages({ offset: 3 }), /^\[Page 3 of 3\]\nThe end\n$/);
  assert.equal(await pages({ offset: 4 }), 'The PDF has 3 pages; there is no page 4.');
});
