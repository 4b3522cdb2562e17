// What has so much structure that parsing it would hold everybody up is refused, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBounded } from './bounded-json.ts';

const parse = (text: string) => parseBounded(Buffer.from(text));
const megabytes = 4 * 1024 * 1024;
const repeat = (part: string) => part.repeat(megabytes / part.length);

for (const [name, text] of [
  ['brackets', repeat('[')],
  ['objects in each other', repeat('{"a":')],
  ['empty arrays', `[${repeat('[],')}0]`],
  ['numbers', `[${repeat('0,')}0]`],
] as const)
  test(`megabytes of ${name} are not parsed`, () => {
    assert.equal(parse(text), undefined);
  });

test('text is never structure, whatever it says and however much it is', () => {
  const text = repeat('[{"a\\":,');
  assert.deepEqual(parse(JSON.stringify([text, `${text}\\`])), [text, `${text}\\`]);
});

test('the list of the largest archive is read, and so is the tree of the deepest folders', () => {
  const entry = { path: 'some/folder/file.ts', kind: 'file', size: 1, mode: 420, modifiedAtS: 1e9, target: 'x' };
  const entries = Array.from({ length: 50_000 }, () => entry);
  assert.deepEqual(parse(JSON.stringify(entries)), entries);
  const depth = 2_048;
  const tree = `${'{"children":['.repeat(depth)}"${'x'.repeat(100_000)}"${']}'.repeat(depth)}`;
  assert.equal(JSON.stringify(parse(tree)), tree);
});

test('what is no JSON is refused', () => {
  for (const text of ['', '{', `"${'x'.repeat(100_000)}`, `${'x'.repeat(100_000)}`, '\\'])
    assert.equal(parse(text), undefined);
});
