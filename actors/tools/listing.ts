// A folder of the workspace as an agent sees it: two levels, one path a line.
import { workspace } from '../../sandbox/sandbox.ts';
import type { Tree, TreeNode } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';

const levels = 2;

/**
 * @param path absolute and normal, under the workspace
 * @returns undefined where the tree has no such folder: it is none, it is one that the tree leaves out, or it was cut off
 */
export function listingOf({ tree, truncated }: Tree, path: string): string | undefined {
  const children = path === workspace ? tree : childrenAt(tree, path);
  if (!children) return undefined;
  const lines = [`${path}/`, ...linesOf(children, levels)];
  const left = lines.length - limits.listingEntriesMax;
  const notes = [
    ...(children.length === 0 ? ['[The folder is empty, or holds only what listings leave out.]'] : []),
    ...(left > 0 ? [`[… ${left} more entries left out …]`] : []),
    ...(truncated ? ['[The workspace holds more than is listed here.]'] : []),
  ];
  return `${[...lines.slice(0, limits.listingEntriesMax), ...notes].join('\n')}\n`;
}

function childrenAt(nodes: readonly TreeNode[], path: string): readonly TreeNode[] | undefined {
  const node = nodes.find((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`));
  if (node?.type !== 'folder') return undefined;
  return node.path === path ? node.children : childrenAt(node.children, path);
}

const linesOf = (nodes: readonly TreeNode[], depth: number): string[] =>
  depth === 0
    ? []
    : nodes.flatMap((node) =>
        node.type === 'file' ? [node.path] : [`${node.path}/`, ...linesOf(node.children, depth - 1)],
      );
