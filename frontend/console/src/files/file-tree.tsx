// The workspace's files as a tree, by keyboard as every tree; only the rows that are seen are drawn.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight, File, Folder } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { TreeNode } from '../lucid.ts';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { listRows, moveInTree, openFirst, type Row } from './tree-rows.ts';

const rowHeightPixels = 30;

type FileTreeProps = {
  tree: readonly TreeNode[];
  chosen: string | undefined;
  /** The folder that files are dropped into, while they are above it. */
  target: string | undefined;
  onChoose(path: string): void;
  /** The row that the keyboard is at, a file or a folder. */
  onActive(path: string): void;
};

export function FileTree({ tree, chosen, target, onChoose, onActive }: FileTreeProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [open, setOpen] = useState(() => openFirst(tree));
  const [active, setActive] = useState<string | undefined>(chosen);
  const rows = useMemo(() => listRows(tree, open), [tree, open]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPixels,
    overscan: 12,
  });
  const at = rows.findIndex(({ node }) => node.path === active);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, virtual]);
  const activate = (path: string) => {
    setActive(path);
    onActive(path);
  };
  const change = (opened: readonly string[], closed?: string) =>
    setOpen((before) => new Set([...before, ...opened].filter((path) => path !== closed)));
  const press = ({ node }: Row) => {
    activate(node.path);
    if (node.type === 'file') onChoose(node.path);
    else change(open.has(node.path) ? [] : [node.path], open.has(node.path) ? node.path : undefined);
  };
  const hearKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moveInTree(rows, active, event.key, open);
    if (!move) return;
    event.preventDefault();
    if (move.active !== undefined) activate(move.active);
    if (move.choose !== undefined) onChoose(move.choose);
    if (move.open || move.close !== undefined) change(move.open ?? [], move.close);
  };
  return (
    <div
      ref={scroller}
      role="tree"
      aria-label="Files"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      onKeyDown={hearKey}
      className="group h-full overflow-y-auto focus-visible:-outline-offset-2"
    >
      <div className="relative" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <TreeRow
                key={row.node.path}
                id={`${id}-${index}`}
                row={row}
                top={start}
                isOpen={open.has(row.node.path)}
                isActive={index === at}
                isChosen={row.node.path === chosen}
                isTarget={row.node.path === target}
                onPress={() => press(row)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

type TreeRowProps = {
  id: string;
  row: Row;
  top: number;
  isOpen: boolean;
  isActive: boolean;
  isChosen: boolean;
  isTarget: boolean;
  onPress(): void;
};

function TreeRow({ id, row, top, isOpen, isActive, isChosen, isTarget, onPress }: TreeRowProps) {
  const { node, level, position, setSize } = row;
  const isFolder = node.type === 'folder';
  const Icon = isFolder ? Folder : File;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself hears keys.
    <div
      id={id}
      role="treeitem"
      tabIndex={-1}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-selected={isChosen}
      aria-expanded={isFolder ? isOpen : undefined}
      data-path={node.path}
      data-folder={isFolder || undefined}
      title={showDeceptive(node.path)}
      onClick={onPress}
      className={`absolute inset-x-0 flex cursor-pointer items-center gap-1.5 pr-3 text-sm hover:bg-sunken aria-selected:bg-accent-soft ${
        isActive
          ? 'group-focus-visible:outline-2 group-focus-visible:-outline-offset-2 group-focus-visible:outline-accent'
          : ''
      } ${isTarget ? 'bg-accent-soft outline-2 -outline-offset-2 outline-accent' : ''}`}
      style={{ height: rowHeightPixels, transform: `translateY(${top}px)`, paddingLeft: 12 + (level - 1) * 16 }}
    >
      <ChevronRight
        className={`size-3.5 shrink-0 text-muted transition-transform ${isOpen ? 'rotate-90' : ''} ${isFolder ? '' : 'invisible'}`}
        aria-hidden="true"
      />
      <Icon className="size-4 shrink-0 text-muted" aria-hidden="true" />
      <span className="truncate font-mono">
        <DeceptiveText text={node.name} />
      </span>
    </div>
  );
}
