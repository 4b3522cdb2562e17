// A command writes between its marks of a document, and changes nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Marks, readTextBetween, replaceTextBetween } from './document.ts';

const marks: Marks = { begin: '<!-- figures -->', end: '<!-- /figures -->' };
const document = `# Title\n\n${marks.begin}\n${marks.end}\n\nMore.\n`;

test('a new text is between its marks, and the rest of the document is unchanged', () => {
  const written = replaceTextBetween(document, marks, 'first');
  assert.equal(written, `# Title\n\n${marks.begin}\nfirst\n${marks.end}\n\nMore.\n`);
  assert.equal(replaceTextBetween(written, marks, 'second'), written.replace('first', 'second'));
});

test('what was written is read again', () => {
  assert.equal(readTextBetween(replaceTextBetween(document, marks, 'one\n\ntwo'), marks), 'one\n\ntwo');
  assert.equal(readTextBetween(document, marks), '');
});

test('a document with missing, repeated or misplaced marks is an error, and unchanged', () => {
  for (const wrong of ['# Title\n', `${marks.end}\n${marks.begin}`, document + document])
    assert.throws(() => replaceTextBetween(wrong, marks, 'text'), /no place, or more than one/);
});
