// The pages of a PDF are read as text, and a hostile one hurts nothing but the process that reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { makeFilteredPdf, makePdf } from '../testing/pdfs.ts';
import { readPdf } from './read-pdf.ts';

const never = new AbortController().signal;
const read = (bytes: Uint8Array, first = 1, last = 100) => readPdf(bytes, { first, last }, never);

test('the pages that are asked for are read, and how many there are', async () => {
  const pdf = makePdf('One', 'Two', '', 'Four');
  assert.deepEqual(await read(pdf, 2, 3), { ok: true, value: { count: 4, pages: ['Two', ''] } });
  assert.partialDeepStrictEqual(await read(pdf, 9, 10), { value: { count: 4, pages: [] } });
});

test('what is no PDF, or a broken one, is a sentence', async () => {
  for (const bytes of [Buffer.from('%PDF-1.7 nonsense'), Buffer.alloc(0), makePdf('One').subarray(0, 100)]) {
    const outcome = await read(bytes);
    assert.ok(!outcome.ok && /^The PDF can't be read: /.test(outcome.failure.detail), JSON.stringify(outcome));
  }
});

test('a page that grows to gigabytes ends its own process, and the next document is read', async () => {
  const large = await read(makeFilteredPdf(deflateSync(Buffer.alloc(640 * 1024 * 1024, ' ')), 'FlateDecode'));
  assert.ok(!large.ok && large.failure.code === 'fileTooLarge', JSON.stringify(large).slice(0, 200));
  assert.partialDeepStrictEqual(await read(makePdf('Next')), { value: { pages: ['Next'] } });
});

test('reading ends with its turn', async () => {
  const abort = new AbortController();
  const reading = readPdf(makePdf('One'), { first: 1, last: 1 }, abort.signal);
  abort.abort();
  assert.partialDeepStrictEqual(await reading, { ok: false });
});
