// Above the list of changes: how many there are, since when, and what can be taken away.
import { RefreshCw } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { ArchiveLink } from '../workspace/archive-link.tsx';
import { LineCounts } from './changes-list.tsx';
import { type Change, type ChangesAnswer, countLines } from './filter-changes.ts';

type ChangesBarProps = {
  sessionId: string;
  answer: ChangesAnswer | undefined;
  /** Those that the filter leaves. */
  shown: readonly Change[];
  filter: string;
  isAsking: boolean;
  onFilter(filter: string): void;
  onRefresh(): void;
};

export function ChangesBar({ sessionId, answer, shown, filter, isAsking, onFilter, onRefresh }: ChangesBarProps) {
  const count = shown.length;
  return (
    <div className="@container grid gap-1 border-b border-line px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        {answer && answer.changes.length > 0 && (
          <p className="flex flex-wrap items-center gap-x-2">
            <span>
              {count === 1 ? '1 file' : `${count} files`}
              {answer.truncated && ' (and more)'}
            </span>
            <LineCounts {...countLines(shown)} />
            <span className="text-muted">since {baseOf(answer)}</span>
          </p>
        )}
        <div className="ml-auto flex flex-wrap items-center">
          {answer && answer.changes.length > 0 && (
            <ArchiveLink sessionId={sessionId} of="changes">
              Patch
            </ArchiveLink>
          )}
          <ArchiveLink sessionId={sessionId} of="workspace">
            Workspace
          </ArchiveLink>
          <IconButton label="Refresh" onClick={onRefresh} disabled={isAsking}>
            <RefreshCw className="size-4" aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      {(answer?.changes.length ?? 0) > 1 && (
        <input
          type="search"
          aria-label="Filter by path"
          placeholder="Filter by path"
          value={filter}
          onChange={(event) => onFilter(event.target.value)}
          className="min-h-8 pointer-coarse:min-h-10 w-full rounded-md border border-line-strong bg-surface px-2 text-sm placeholder:text-muted"
        />
      )}
    </div>
  );
}

const baseOf = ({ base }: ChangesAnswer) =>
  base === null ? (
    'the empty folder'
  ) : (
    <>
      commit{' '}
      <span className="font-mono text-xs" title={base}>
        {base.slice(0, 10)}
      </span>
    </>
  );
