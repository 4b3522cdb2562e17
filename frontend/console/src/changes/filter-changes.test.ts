// A filter finds files by parts of their paths, and stepping never leaves the list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Change, countLines, filterChanges, splitPath, stepFrom } from './filter-changes.ts';

const change = (path: string, more: Partial<Change> = {}): Change => ({
  path,
  kind: 'modified',
  added: 2,
  removed: 1,
  ...more,
});
const all = [
  change('/workspace/src/App.tsx'),
  change('/workspace/src/app.css'),
  change('/workspace/b', { oldPath: '/workspace/old' }),
];
const pathsOf = (changes: readonly Change[]) => changes.map(({ path }) => path);

test('a filter leaves the files that have all of its words in their paths, old ones too', () => {
  assert.deepEqual(pathsOf(filterChanges(all, ' APP src')), ['/workspace/src/App.tsx', '/workspace/src/app.css']);
  assert.deepEqual(pathsOf(filterChanges(all, 'old')), ['/workspace/b']);
  assert.deepEqual(filterChanges(all, ' '), all);
  assert.deepEqual(filterChanges(all, 'nothing'), []);
});

test('j and k go from file to file and stay at the ends, and begin with the first', () => {
  assert.equal(stepFrom(all, undefined, 1), all[0]?.path);
  assert.equal(stepFrom(all, all[0]?.path, 1), all[1]?.path);
  assert.equal(stepFrom(all, all[0]?.path, -1), all[0]?.path);
  assert.equal(stepFrom(all, all[2]?.path, 1), all[2]?.path);
  assert.equal(stepFrom([], 'gone', 1), undefined);
});

test('lines are counted together, and a path is told as folder and name', () => {
  assert.deepEqual(countLines(all), { added: 6, removed: 3 });
  assert.deepEqual(splitPath('/workspace/src/App.tsx'), { folder: 'src/', name: 'App.tsx' });
  assert.deepEqual(splitPath('/workspace/b'), { folder: '', name: 'b' });
});
