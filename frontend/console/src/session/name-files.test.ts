// An agent reads where the files of a message are, also of a message without words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFiles } from './name-files.ts';

test('a message names its files below its words, and without files is what was written', () => {
  assert.equal(nameFiles('Look', []), 'Look');
  assert.equal(
    nameFiles('Look', ['/workspace/uploads/a']),
    'Look\n\nThe file that I put into the workspace:\n- /workspace/uploads/a',
  );
  assert.equal(nameFiles('', ['a', 'b']), 'The files that I put into the workspace:\n- a\n- b');
});
