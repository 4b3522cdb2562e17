// The names of snapshots order them by owner, and show which one was taken out of the store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTold } from './snapshot-name.ts';

test('a snapshot that the conversation names and the store lacks comes first where it is newer, and only there', () => {
  assert.deepEqual(withTold(['2-9', '1-30'], '2-12'), ['2-12', '2-9', '1-30']);
  assert.deepEqual(withTold([], '2-12'), ['2-12']);
  for (const told of ['2-9', '2-8', '1-99', undefined, 'no name'])
    assert.deepEqual(withTold(['2-9', '1-30'], told), ['2-9', '1-30'], String(told));
  assert.deepEqual(withTold([], undefined), []);
});
