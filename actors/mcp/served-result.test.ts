// What a server gives becomes text of a bounded length, whatever it holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readServedResult } from './served-result.ts';

test('texts, files and links are read, structured content where there is no text, and other parts are named', () => {
  const { text, isError } = readServedResult({
    content: [
      { type: 'text', text: 'One.' },
      { type: 'resource', resource: { uri: 'file:///a', text: 'Two.' } },
      { type: 'resource', resource: { uri: 'file:///b', mimeType: 'application/pdf', blob: 'AAAA' } },
      { type: 'resource_link', uri: 'file:///c', name: 'c', description: 'The third' },
      { type: 'audio', mimeType: 'audio/wav', data: 'AAAAAAAA' },
      { type: 'novel' },
    ],
    structuredContent: { not: 'shown' },
    isError: true,
  });
  assert.equal(
    text,
    'One.\n[file:///a]\nTwo.\n[Here it gave the file file:///b (application/pdf, 3 bytes), which is not shown.]\n' +
      '[A link to file:///c: The third]\n[Here it gave a sound (audio/wav, 6 bytes), which is not shown.]',
  );
  assert.equal(isError, true);
  assert.equal(readServedResult({ content: [], structuredContent: { a: 1 } }).text, '{"a":1}');
  const parts = Array.from({ length: 300 }, () => ({ type: 'text', text: 'x' }));
  assert.match(readServedResult({ content: parts }).text, /\[100 more parts are left out\.\]$/);
});

test('whatever comes, it is a text within its bound', () => {
  const part = fc.record({
    type: fc.constantFrom('text', 'image', 'resource', 'resource_link', 'x'),
    text: fc.anything(),
  });
  void fc.assert(
    fc.property(fc.oneof(fc.array(part), fc.anything()), fc.anything(), (content, structuredContent) => {
      const { text } = readServedResult({ content, structuredContent });
      assert.ok(text.length <= 16_000);
    }),
  );
});
