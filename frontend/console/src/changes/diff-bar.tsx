// Above a diff: whose it is, the way to the next file, and how it is shown.
import { ChevronDown, ChevronUp, Columns2, FoldVertical, Rows2, UnfoldVertical } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import type { DiffChoice } from './diff-choice.ts';
import { type Change, splitPath } from './filter-changes.ts';

type DiffBarProps = {
  change: Change;
  position: number;
  count: number;
  /** Absent where there is room for one way only. */
  choice: DiffChoice | undefined;
  /** Absent where there is nothing to fold. */
  isFolded: boolean | undefined;
  onStep(step: -1 | 1): void;
  onChoose(choice: DiffChoice): void;
  onFold(isFolded: boolean): void;
};

const iconClass = 'size-4';

export function DiffBar({ change, position, count, choice, isFolded, onStep, onChoose, onFold }: DiffBarProps) {
  const { folder, name } = splitPath(change.path);
  return (
    <div className="flex items-center gap-1 border-b border-line py-1 pr-2 pl-3">
      <h2 className="min-w-0 flex-1 font-mono text-sm">
        <DeceptiveText text={`${folder}${name}`} />
        {change.oldPath !== undefined && (
          <span className="text-xs text-muted">
            {' '}
            was <DeceptiveText text={splitPath(change.oldPath).folder + splitPath(change.oldPath).name} />
          </span>
        )}
      </h2>
      <span className="text-xs whitespace-nowrap text-muted">
        {position} of {count}
      </span>
      <IconButton label="The file before (k)" onClick={() => onStep(-1)} disabled={position <= 1}>
        <ChevronUp className={iconClass} aria-hidden="true" />
      </IconButton>
      <IconButton label="The next file (j)" onClick={() => onStep(1)} disabled={position >= count}>
        <ChevronDown className={iconClass} aria-hidden="true" />
      </IconButton>
      {isFolded !== undefined && (
        <IconButton
          label={isFolded ? 'Show lines that are unchanged' : 'Fold lines that are unchanged'}
          onClick={() => onFold(!isFolded)}
        >
          {isFolded ? (
            <UnfoldVertical className={iconClass} aria-hidden="true" />
          ) : (
            <FoldVertical className={iconClass} aria-hidden="true" />
          )}
        </IconButton>
      )}
      {choice && (
        <IconButton
          label={choice === 'sideBySide' ? 'Show as one text' : 'Show side by side'}
          onClick={() => onChoose(choice === 'sideBySide' ? 'unified' : 'sideBySide')}
        >
          {choice === 'sideBySide' ? (
            <Rows2 className={iconClass} aria-hidden="true" />
          ) : (
            <Columns2 className={iconClass} aria-hidden="true" />
          )}
        </IconButton>
      )}
    </div>
  );
}
