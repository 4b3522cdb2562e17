// One changed file: its diff, or why there is none to show.
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type Lucid, useLucid } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { definePart } from '../ui/part.tsx';
import { useWidth } from '../workspace/use-width.ts';
import { DiffBar } from './diff-bar.tsx';
import { useDiffChoice } from './diff-choice.ts';
import type { Change } from './filter-changes.ts';
import { showSides } from './show-sides.ts';
import { sidesOfDiff } from './sides-of-diff.ts';

const DiffView = definePart(() => import('../code/diff-view.tsx').then((module) => module.default), <Waiting />);

type ChangedFileProps = {
  sessionId: string;
  change: Change;
  /** Its place in the list, from 1. */
  position: number;
  count: number;
  /** Another one when the list was asked for again. */
  stamp: number;
  onStep(step: -1 | 1): void;
};

/** Narrower, in pixels, two sides beside each other have no room for code. */
const sideBySideMin = 620;

export function ChangedFile({ sessionId, change, position, count, stamp, onStep }: ChangedFileProps) {
  const [watch, width] = useWidth();
  const [choice, choose] = useDiffChoice();
  const [isFolded, fold] = useState(true);
  const hasRoom = width >= sideBySideMin;
  const isTwoSided = change.kind === 'modified' || change.kind === 'renamed';
  return (
    <div ref={watch} className="grid h-full min-h-0 grid-cols-1 grid-rows-[auto_minmax(0,1fr)]">
      <DiffBar
        change={change}
        position={position}
        count={count}
        choice={hasRoom && isTwoSided ? choice : undefined}
        isFolded={isTwoSided ? isFolded : undefined}
        onStep={onStep}
        onChoose={choose}
        onFold={fold}
      />
      <Diff
        sessionId={sessionId}
        change={change}
        stamp={stamp}
        isSideBySide={hasRoom && choice === 'sideBySide'}
        isFolded={isFolded}
        onStep={onStep}
      />
    </div>
  );
}

type DiffProps = Pick<ChangedFileProps, 'sessionId' | 'change' | 'stamp' | 'onStep'> & {
  isSideBySide: boolean;
  isFolded: boolean;
};

function Diff({ sessionId, change, stamp, ...shown }: DiffProps) {
  const lucid = useLucid();
  const { path, kind } = change;
  const { data, error, refetch } = useQuery({
    queryKey: ['changes', sessionId, path, stamp],
    queryFn: () => readChange(lucid, sessionId, change),
    refetchOnWindowFocus: false,
    placeholderData: (before, query) => (query?.queryKey[2] === path ? before : undefined),
  });
  const { diff, content } = data ?? {};
  const sides = useMemo(
    () => (diff === undefined ? undefined : showSides(sidesOfDiff(diff, content))),
    [diff, content],
  );
  if (error)
    return (
      <div className="p-4">
        <Failure error={error} doing="Reading the diff" retry={() => void refetch()} />
      </div>
    );
  if (!data || !sides) return <Waiting />;
  if (data.binary)
    return (
      <EmptyState title="A binary file, or a very large one">
        Its lines are not compared. Files can show or download it.
      </EmptyState>
    );
  if (sides.before.numbers.length + sides.after.numbers.length === 0)
    return <EmptyState title={kind === 'renamed' ? 'Moved, and otherwise as it was' : 'There are no lines to show'} />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Notes isCut={data.truncated === true} hasCutLines={sides.hasCutLines} />
      <DiffView path={path} before={sides.before} after={sides.after} {...shown} />
    </div>
  );
}

type ReadChange = Awaited<ReturnType<Lucid['files']['diff']>> & { content?: string };

/** The content gives the lines between the changes; a file that is too large, or gone by now, is shown without. */
async function readChange(lucid: Lucid, sessionId: string, { path, kind, binary }: Change): Promise<ReadChange> {
  const isWholeInDiff = kind === 'added' || kind === 'deleted' || binary === true;
  const [diff, file] = await Promise.all([
    lucid.files.diff(sessionId, path),
    isWholeInDiff ? undefined : lucid.files.read(sessionId, path).catch(() => undefined),
  ]);
  return file && file.encoding === undefined && !diff.truncated ? { ...diff, content: file.content } : diff;
}

function Waiting() {
  return (
    <p role="status" className="p-4 text-sm text-muted">
      Reading the diff…
    </p>
  );
}

const Notes = ({ isCut, hasCutLines }: { isCut: boolean; hasCutLines: boolean }) => (
  <div className="bg-warn-soft text-sm text-warn empty:hidden">
    {isCut && <p className="px-3 py-1">The diff is too large to be shown whole: the patch has all of it.</p>}
    {hasCutLines && <p className="px-3 py-1">Very long lines are cut.</p>}
  </div>
);
