// The tree of files as rows: which are shown, and where a key leads, as the WAI-ARIA pattern of trees has it. Pure.
import type { TreeNode } from '../lucid.ts';

/** `position` of `setSize`: among its siblings, from 1. */
export type Row = { node: TreeNode; level: number; parent: string | undefined; position: number; setSize: number };

/** Rows that are shown before anybody has opened a folder. */
const firstRowsMax = 60;

export function listRows(tree: readonly TreeNode[], open: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const add = (nodes: readonly TreeNode[], level: number, parent: string | undefined) => {
    for (const [index, node] of nodes.entries()) {
      rows.push({ node, level, parent, position: index + 1, setSize: nodes.length });
      if (node.type === 'folder' && open.has(node.path)) add(node.children, level + 1, node.path);
    }
  };
  add(tree, 1, undefined);
  return rows;
}

/** Opens folders, the outer ones first, as long as few rows are shown. */
export function openFirst(tree: readonly TreeNode[]): ReadonlySet<string> {
  const open = new Set<string>();
  let rows = tree.length;
  for (let level = [...tree]; level.length > 0; ) {
    const next: TreeNode[] = [];
    for (const node of level) {
      if (node.type !== 'folder' || rows + node.children.length > firstRowsMax) continue;
      rows += node.children.length;
      open.add(node.path);
      next.push(...node.children);
    }
    level = next;
  }
  return open;
}

/** `active`: where the focus goes; `choose`: what is opened; `open`, `close`: folders whose rows come or go. */
export type Move = { active?: string; choose?: string; open?: readonly string[]; close?: string };

/** @returns undefined for a key that means nothing here */
export function moveInTree(
  rows: readonly Row[],
  active: string | undefined,
  key: string,
  open: ReadonlySet<string>,
): Move | undefined {
  const at = rows.findIndex(({ node }) => node.path === active);
  const row = rows[at];
  const goTo = (target: Row | undefined): Move => (target ? { active: target.node.path } : {});
  if (!row) return navigationKeys.has(key) ? goTo(key === 'End' ? rows.at(-1) : rows[0]) : undefined;
  const { node, parent } = row;
  const isOpen = open.has(node.path);
  switch (key) {
    case 'ArrowDown':
      return goTo(rows[at + 1]);
    case 'ArrowUp':
      return goTo(rows[at - 1]);
    case 'Home':
      return goTo(rows[0]);
    case 'End':
      return goTo(rows.at(-1));
    case 'ArrowRight':
      if (node.type === 'file') return {};
      return isOpen ? goTo(rows[at + 1]?.parent === node.path ? rows[at + 1] : undefined) : { open: [node.path] };
    case 'ArrowLeft':
      if (node.type === 'folder' && isOpen) return { close: node.path };
      return parent === undefined ? {} : { active: parent };
    case 'Enter':
    case ' ':
      if (node.type === 'file') return { choose: node.path };
      return isOpen ? { close: node.path } : { open: [node.path] };
    case '*':
      return { open: rows.filter((each) => each.parent === parent && each.node.type === 'folder').map(pathOf) };
    default:
      return [...key].length === 1 ? goTo(findByLetter(rows, at, key)) : undefined;
  }
}

const navigationKeys: ReadonlySet<string> = new Set(['ArrowDown', 'ArrowUp', 'Home', 'End']);

const pathOf = ({ node }: Row): string => node.path;

/** The next row whose name begins so, and from the first one on after the last. */
function findByLetter(rows: readonly Row[], at: number, letter: string): Row | undefined {
  const wanted = letter.toLowerCase();
  return [...rows.slice(at + 1), ...rows.slice(0, at)].find(({ node }) => node.name.toLowerCase().startsWith(wanted));
}

/** @returns the node at a path; undefined where the tree has none */
export function findNode(tree: readonly TreeNode[], path: string): TreeNode | undefined {
  for (const node of tree) {
    if (node.path === path) return node;
    if (node.type === 'folder' && path.startsWith(`${node.path}/`)) return findNode(node.children, path);
  }
  return undefined;
}
