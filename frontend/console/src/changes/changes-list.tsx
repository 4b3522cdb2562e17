// The changed files: what happened to each, its lines, and which one is shown.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { type Change, splitPath, stepFrom } from './filter-changes.ts';

const kinds: Record<Change['kind'], { word: string; tone: BadgeTone }> = {
  added: { word: 'new', tone: 'good' },
  modified: { word: 'changed', tone: 'neutral' },
  deleted: { word: 'deleted', tone: 'bad' },
  renamed: { word: 'moved', tone: 'info' },
};

const rowHeightPixels = 36;

type ChangesListProps = { changes: readonly Change[]; chosen: string | undefined; onChoose(path: string): void };

export function ChangesList({ changes, chosen, onChoose }: ChangesListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const rows = useVirtualizer({
    count: changes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPixels,
    overscan: 10,
  });
  const at = changes.findIndex(({ path }) => path === chosen);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at);
  }, [at, rows]);
  const hearKey = (event: KeyboardEvent) => {
    const target = targetOf(event.key, changes, chosen);
    if (target === undefined) return;
    event.preventDefault();
    onChoose(target);
  };
  return (
    <div
      ref={scroller}
      role="listbox"
      aria-label="Changed files"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
      onKeyDown={hearKey}
      className="h-full overflow-y-auto focus-visible:-outline-offset-2"
    >
      <div className="relative" role="presentation" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const change = changes[index];
          return (
            change && (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list itself hears keys, as a listbox does.
              <div
                key={change.path}
                id={`${id}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={change.path === chosen}
                aria-setsize={changes.length}
                aria-posinset={index + 1}
                onClick={() => onChoose(change.path)}
                className="absolute inset-x-0 flex cursor-pointer items-center gap-2 px-3 text-sm hover:bg-sunken aria-selected:bg-accent-soft"
                style={{ height: rowHeightPixels, transform: `translateY(${start}px)` }}
              >
                <ChangeLine change={change} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function ChangeLine({ change }: { change: Change }) {
  const { folder, name } = splitPath(change.path);
  const { word, tone } = kinds[change.kind];
  const moved = change.oldPath === undefined ? '' : ` (was ${change.oldPath})`;
  return (
    <>
      <Badge tone={tone}>{word}</Badge>
      <span title={showDeceptive(`${change.path}${moved}`)} className="flex min-w-0 flex-1 items-baseline gap-1.5">
        <span className="truncate font-mono">
          <DeceptiveText text={name} />
        </span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">
          <DeceptiveText text={folder} />
        </span>
      </span>
      <LineCounts {...change} />
    </>
  );
}

export const LineCounts = ({ added, removed, binary }: Pick<Change, 'added' | 'removed' | 'binary'>) => (
  <span className="flex gap-1.5 font-mono text-xs whitespace-nowrap">
    {binary ? (
      <span className="text-muted">binary</span>
    ) : (
      <>
        <span className="text-good">
          +{added.toLocaleString('en')}
          <span className="sr-only"> lines added,</span>
        </span>
        <span className="text-bad">
          −{removed.toLocaleString('en')}
          <span className="sr-only"> removed</span>
        </span>
      </>
    )}
  </span>
);

function targetOf(key: string, changes: readonly Change[], chosen: string | undefined): string | undefined {
  if (key === 'ArrowDown') return stepFrom(changes, chosen, 1);
  if (key === 'ArrowUp') return stepFrom(changes, chosen, -1);
  if (key === 'Home') return changes[0]?.path;
  return key === 'End' ? changes.at(-1)?.path : undefined;
}
