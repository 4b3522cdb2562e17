// What has changed in a workspace between two trees of its files.
import type { TreeNode } from '../../../schema/file.ts';

export type TreeChanges = { added: string[]; removed: string[] };

/** The paths of all files. */
export function filesOf(tree: readonly TreeNode[]): Set<string> {
  const files = new Set<string>();
  const left = [...tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.type === 'file') files.add(node.path);
    else left.push(...node.children);
  }
  return files;
}

export const changesBetween = (before: ReadonlySet<string>, after: ReadonlySet<string>): TreeChanges => ({
  added: [...after].filter((path) => !before.has(path)).sort(),
  removed: [...before].filter((path) => !after.has(path)).sort(),
});
