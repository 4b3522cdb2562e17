// The workspace as the files API shows it: nested, sorted, bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { TreeNode } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { buildTree } from './file-tree.ts';
import { hiddenFolders } from './workspace-path.ts';

const file = (path: string) => ({ path: `${workspace}/${path}`, isFolder: false });
const folder = (path: string) => ({ path: `${workspace}/${path}`, isFolder: true });

/** Lists every node of a tree, outermost first. */
const nodesOf = (nodes: readonly TreeNode[]): TreeNode[] =>
  nodes.flatMap((node) => [node, ...(node.type === 'folder' ? nodesOf(node.children) : [])]);

test('a tree is the reference’s: folders with children, files without, each with its whole path', () => {
  assert.deepEqual(buildTree([file('repo/src/a.ts'), file('repo/package.json'), folder('empty')]), {
    tree: [
      { name: 'empty', type: 'folder', path: '/workspace/empty', children: [] },
      {
        name: 'repo',
        type: 'folder',
        path: '/workspace/repo',
        children: [
          {
            name: 'src',
            type: 'folder',
            path: '/workspace/repo/src',
            children: [{ name: 'a.ts', type: 'file', path: '/workspace/repo/src/a.ts' }],
          },
          { name: 'package.json', type: 'file', path: '/workspace/repo/package.json' },
        ],
      },
    ],
  });
});

test('an empty workspace is an empty tree', () => {
  assert.deepEqual(buildTree([{ path: workspace, isFolder: true }]), { tree: [] });
});

test('folders that tools make are left out, wherever they lie', () => {
  const hidden = [...hiddenFolders].flatMap((name) => [folder(name), file(`${name}/x`), file(`a/${name}/b/x`)]);
  assert.deepEqual(
    nodesOf(buildTree([...hidden, file('a/.gitignore')]).tree).map((node) => node.path),
    ['/workspace/a', '/workspace/a/.gitignore'],
  );
});

/** Paths of files, as any listing could hold them; no file is a folder of another. */
const names = fc.constantFrom('a', 'b', 'Z', 'é', '.env', '10', '9');
const listing = fc
  .uniqueArray(fc.array(names, { maxLength: 4 }), { selector: (parts) => parts.join('/'), maxLength: 40 })
  .map((folders) => folders.map((parts, at) => file([...parts, `${at}.txt`].join('/'))));

test('every file of a listing is in the tree once, under its folders, in whatever order it came', async () => {
  await fc.assert(
    fc.property(listing, fc.infiniteStream(fc.nat()), (entries, order) => {
      const shuffled = entries.map((entry) => ({ entry, at: order.next().value })).sort((a, b) => a.at - b.at);
      const tree = buildTree(entries);
      assert.deepEqual(buildTree(shuffled.map(({ entry }) => entry)), tree);
      const files = nodesOf(tree.tree).filter((node) => node.type === 'file');
      assert.deepEqual(files.map((node) => node.path).sort(), entries.map((entry) => entry.path).sort());
    }),
  );
});

test('folders come before files, each by name, and every child lies in its parent', async () => {
  await fc.assert(
    fc.property(listing, (entries) => {
      const check = (nodes: readonly TreeNode[], parent: string) => {
        const keys = nodes.map((node) => `${node.type === 'folder' ? 0 : 1}${node.name}`);
        assert.deepEqual(keys, [...new Set(keys)].sort());
        for (const node of nodes) {
          assert.equal(node.path, `${parent}/${node.name}`);
          if (node.type === 'folder') check(node.children, node.path);
        }
      };
      check(buildTree(entries).tree, workspace);
    }),
  );
});

test('a workspace of too many files is cut, and the tree says so', () => {
  const entries = Array.from({ length: limits.treeEntriesMax + 1 }, (_, at) => file(`${at}`));
  const { tree, truncated } = buildTree(entries);
  assert.equal(tree.length, limits.treeEntriesMax);
  assert.equal(truncated, true);
  assert.equal(buildTree(entries.slice(1)).truncated, undefined);
});

test('folders that only a deep path names count as well', () => {
  const deep = Array.from({ length: 4 }, (_, at) => file(`${at}/${'a/'.repeat(2_000)}x`));
  const { tree, truncated } = buildTree(deep);
  assert.ok(nodesOf(tree).length <= limits.treeEntriesMax);
  assert.equal(truncated, true);
});
