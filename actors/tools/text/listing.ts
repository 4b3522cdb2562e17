// A folder of the workspace as an agent sees it: two levels, one path a line.
import type { Tree, TreeNode } from '../../../schema/file.ts';

/** Entries that a folder is listed with. */
export const listingEntriesMax = 300;

const levels = 2;

/** @param folder absolute and normal: the one that the tree begins in */
export function writeListing({ tree, truncated }: Tree, folder: string): string {
  const lines = [`${folder}/`, ...writeTreeLines(tree, levels)];
  const left = lines.length - listingEntriesMax;
  const notes = [
    ...(tree.length === 0 ? ['[The folder is empty, or holds only what listings leave out.]'] : []),
    ...(left > 0 ? [`[… ${left} more entries left out …]`] : []),
    ...(truncated ? ['[The folder holds more than is listed here.]'] : []),
  ];
  return `${[...lines.slice(0, listingEntriesMax), ...notes].join('\n')}\n`;
}

const writeTreeLines = (nodes: readonly TreeNode[], depth: number): string[] =>
  depth === 0
    ? []
    : nodes.flatMap((node) =>
        node.type === 'file' ? [node.path] : [`${node.path}/`, ...writeTreeLines(node.children, depth - 1)],
      );
