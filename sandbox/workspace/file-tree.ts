// Builds the tree of `GET /files/list` from a flat list of paths.
import type { Tree, TreeNode } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';
import { hiddenFolders } from './workspace-path.ts';

export type TreeEntry = { path: string; isFolder: boolean };

type Folder = Extract<TreeNode, { type: 'folder' }>;

/**
 * @param entries absolute paths under `top`, in any order; parents may be absent
 * @param top the folder whose tree it is, even one that trees leave out
 * @returns folders first, then files, each by name; cut at `limits.treeEntriesMax` with `truncated`
 */
export function buildTree(entries: Iterable<TreeEntry>, top: string = workspace): Tree {
  const root: Folder = { name: nameOf(top), type: 'folder', path: top, children: [] };
  const folders = new Map<string, Folder>([[top, root]]);
  let count = 0;
  let truncated = false;
  const add = (parent: Folder, node: TreeNode) => {
    parent.children.push(node);
    count++;
  };
  const folderAt = (path: string): Folder => {
    const known = folders.get(path);
    if (known) return known;
    const folder: Folder = { name: nameOf(path), type: 'folder', path, children: [] };
    add(folderAt(parentOf(path)), folder);
    folders.set(path, folder);
    return folder;
  };
  const countMissing = (path: string): number => (folders.has(path) ? 0 : 1 + countMissing(parentOf(path)));

  for (const { path, isFolder } of entries) {
    if (path === top || isHidden(path, top)) continue;
    const more = isFolder ? countMissing(path) : countMissing(parentOf(path)) + 1;
    if (count + more > limits.treeEntriesMax) {
      truncated = true;
      break;
    }
    if (isFolder) folderAt(path);
    else add(folderAt(parentOf(path)), { name: nameOf(path), type: 'file', path });
  }
  sortFolder(root);
  return truncated ? { tree: root.children, truncated } : { tree: root.children };
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

const isHidden = (path: string, top: string) =>
  path
    .slice(top.length + 1)
    .split('/')
    .some((part) => hiddenFolders.has(part));

function sortFolder(folder: Folder): void {
  folder.children.sort((a, b) => (a.type === b.type ? (a.name < b.name ? -1 : 1) : a.type === 'folder' ? -1 : 1));
  for (const child of folder.children) if (child.type === 'folder') sortFolder(child);
}
