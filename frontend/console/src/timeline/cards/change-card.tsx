// A file that the agent wrote or edited, with what came and went.
import { useMemo } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { CallState, ItemOf } from '../items/item.ts';
import { countChanged, readDiff, readWritten } from '../text/diff-lines.ts';
import { DiffView } from '../text/diff-view.tsx';
import { CallEnd } from './call-state.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

const linesAtFirst = 30;

export function ChangeCard({ item }: { item: ItemOf<'change'> }) {
  const { diff, path, what, state, result, at, durationMs } = item;
  const written = state === 'failed' || diff !== undefined ? undefined : item.written;
  const counted = useMemo(() => (diff === undefined ? undefined : countChanged(readDiff(diff))), [diff]);
  return (
    <div className="min-w-0 overflow-hidden rounded-md border border-line bg-sunken">
      <Fold
        name="diff"
        isOpenAtFirst
        className="bg-surface px-2"
        line={
          <>
            <span className="min-w-0 flex-1 truncate">
              <span className="text-muted">{wordOf(what, state)} </span>
              <span className="font-mono">
                <DeceptiveText text={path} />
              </span>
            </span>
            {counted && (
              <span className="shrink-0 font-mono text-xs">
                <span className="text-good">+{counted.added}</span> <span className="text-bad">−{counted.removed}</span>
                {result?.isCut && ' …'}
              </span>
            )}
            <CallEnd state={state} at={at} durationMs={state === 'done' ? undefined : durationMs} />
          </>
        }
      >
        {written && (
          <div className="border-t border-line">
            <Whole sessionId={item.sessionId} said={written}>
              {(text) => <Written path={path} text={text} />}
            </Whole>
          </div>
        )}
        {result && !written && (
          <div className="border-t border-line">
            <Whole sessionId={item.sessionId} said={result}>
              {(text, whole) => <Changed path={path} diff={whole?.diff ?? diff} text={text} />}
            </Whole>
          </div>
        )}
      </Fold>
    </div>
  );
}

const words = {
  write: { wanted: 'Write', going: 'Writing', done: 'Wrote' },
  edit: { wanted: 'Edit', going: 'Editing', done: 'Edited' },
};

/** What waits, or came to nothing, was not written. */
function wordOf(what: keyof typeof words, state: CallState): string {
  if (state === 'done') return words[what].done;
  return state === 'running' ? words[what].going : words[what].wanted;
}

function Written({ path, text }: { path: string; text: string }) {
  const lines = useMemo(() => readWritten(text), [text]);
  if (text === '') return <p className="px-3 py-1 text-sm text-muted">The file is empty.</p>;
  return <DiffView lines={lines} label={`What was written to ${path}`} linesAtFirst={linesAtFirst} />;
}

function Changed({ path, diff, text }: { path: string; diff: string | undefined; text: string }) {
  const lines = useMemo(() => readDiff(diff ?? ''), [diff]);
  if (lines.length > 0) return <DiffView lines={lines} label={`Changes of ${path}`} linesAtFirst={linesAtFirst} />;
  return (
    <p className="px-3 py-1 text-sm whitespace-pre-wrap text-muted">
      <DeceptiveText text={text} />
    </p>
  );
}
