// What a command writes into a document stands between its marks, and nothing else changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Marks, readTextBetween, replaceTextBetween } from './document.ts';

const marks: Marks = { begin: '<!-- figures -->', end: '<!-- /figures -->' };
const document = `# Title\n\n${marks.begin}\n${marks.end}\n\nMore.\n`;

test('the text stands between its marks, and the rest of the document is as it was', () => {
  const written = replaceTextBetween(document, marks, 'first');
  assert.equal(written, `# Title\n\n${marks.begin}\nfirst\n${marks.end}\n\nMore.\n`);
  assert.equal(replaceTextBetween(written, marks, 'second'), written.replace('first', 'second'));
});

test('what was written is read again', () => {
  assert.equal(readTextBetween(replaceTextBetween(document, marks, 'one\n\ntwo'), marks), 'one\n\ntwo');
  assert.equal(readTextBetween(document, marks), '');
});

test('a document without the marks, in the wrong order or twice is left alone, with an error', () => {
  for (const wrong of ['# Title\n', `${marks.end}\n${marks.begin}`, document + document])
    assert.throws(() => replaceTextBetween(wrong, marks, 'text'), /no place, or more than one/);
});
