// Keys move in the tree of files as in every other tree, and a large one begins with its outer folders.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TreeNode } from '../lucid.ts';
import { findNode, listRows, moveInTree, openFirst } from './tree-rows.ts';

const file = (path: string): TreeNode => ({ name: path.slice(path.lastIndexOf('/') + 1), type: 'file', path });
const folder = (path: string, ...children: TreeNode[]): TreeNode => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  type: 'folder',
  path,
  children,
});

const tree = [folder('/a', folder('/a/b', file('/a/b/c')), file('/a/d')), folder('/e'), file('/f')];
const open = new Set(['/a']);
const rows = listRows(tree, open);
const move = (active: string | undefined, key: string) => moveInTree(rows, active, key, open);

test('rows are those of open folders, and each knows its place', () => {
  assert.deepEqual(
    rows.map(({ node, level, position, setSize }) => [node.path, level, position, setSize]),
    [
      ['/a', 1, 1, 3],
      ['/a/b', 2, 1, 2],
      ['/a/d', 2, 2, 2],
      ['/e', 1, 2, 3],
      ['/f', 1, 3, 3],
    ],
  );
});

test('arrows go up, down, in and out, and stay at the ends', () => {
  assert.deepEqual(
    [move('/a', 'ArrowDown'), move('/f', 'ArrowDown'), move('/a', 'ArrowUp')],
    [{ active: '/a/b' }, {}, {}],
  );
  assert.deepEqual([move('/a', 'ArrowRight'), move('/a/b', 'ArrowRight')], [{ active: '/a/b' }, { open: ['/a/b'] }]);
  assert.deepEqual(moveInTree(listRows(tree, new Set(['/e'])), '/e', 'ArrowRight', new Set(['/e'])), {});
  assert.deepEqual(
    [move('/a', 'ArrowLeft'), move('/a/d', 'ArrowLeft'), move('/f', 'ArrowLeft')],
    [{ close: '/a' }, { active: '/a' }, {}],
  );
  assert.deepEqual([move('/a', 'End'), move('/f', 'Home')], [{ active: '/f' }, { active: '/a' }]);
});

test('Enter opens a file or a folder, a star all folders beside it, and a letter goes to the next such name', () => {
  assert.deepEqual(
    [move('/f', 'Enter'), move('/e', ' '), move('/a', 'Enter')],
    [{ choose: '/f' }, { open: ['/e'] }, { close: '/a' }],
  );
  assert.deepEqual(move('/a', '*'), { open: ['/a', '/e'] });
  assert.deepEqual([move('/f', 'D'), move('/f', 'x')], [{ active: '/a/d' }, {}]);
});

test('other keys are left to the page, and without a row that is active the first one is next', () => {
  assert.deepEqual([move('/a', 'Tab'), move('/a', 'F5'), move('/gone', 'Enter')], [undefined, undefined, undefined]);
  assert.deepEqual(
    [move(undefined, 'ArrowDown'), move(undefined, 'End'), moveInTree([], undefined, 'Home', open)],
    [{ active: '/a' }, { active: '/f' }, {}],
  );
});

test('a small tree is shown open, and a large one keeps its large folders closed', () => {
  assert.deepEqual([...openFirst(tree)], ['/a', '/e', '/a/b']);
  const many = Array.from({ length: 5_000 }, (_, index) => file(`/many/${index}`));
  assert.deepEqual([...openFirst([folder('/many', ...many), folder('/few', file('/few/a'))])], ['/few']);
});

test('a node is found by its path', () => {
  assert.equal(findNode(tree, '/a/b/c')?.name, 'c');
  assert.equal(findNode(tree, '/a/x'), undefined);
});
