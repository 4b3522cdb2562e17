// The top of a project's files, in few tokens: its folders with what is directly in them, as far as there is room. Pure.
import type { Tree, TreeNode } from '../../schema/file.ts';
import { cutText } from '../../schema/rules/text.ts';

/** Lines and the characters of each: some 500 tokens in every request at most. */
const linesMax = 40;
const lineCharsMax = 160;

/** @returns one line a folder with the names in it; undefined for no files at all */
export function writeTop({ tree }: Tree, folder: string): string | undefined {
  if (tree.length === 0) return undefined;
  const folders = tree.flatMap((node) => (node.type === 'file' ? [] : [node]));
  const lines = [writeLine('./', tree), ...folders.map((node) => writeLine(`${nameOf(node.path)}/`, node.children))];
  const left = lines.length - linesMax;
  return [...lines.slice(0, linesMax), ...(left > 0 ? [`… and ${left} more folders`] : [])]
    .join('\n')
    .replaceAll(folder, '.');
}

const writeLine = (name: string, nodes: readonly TreeNode[]): string =>
  cutText(
    `${name}: ${nodes.map((node) => nameOf(node.path) + (node.type === 'file' ? '' : '/')).join(' ')}`,
    lineCharsMax,
  );

const nameOf = (nodePath: string): string => nodePath.slice(nodePath.lastIndexOf('/') + 1);
