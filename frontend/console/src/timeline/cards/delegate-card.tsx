// A sub-agent: its task in a line, behind it what it says and does, and at the end what it reports.
import { Bot } from 'lucide-react';
import type { ComponentType } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { Item, ItemOf } from '../items/item.ts';
import type { LiveStore } from '../live/live-store.ts';
import { KeptValues, useKeptValues } from '../text/kept.tsx';
import { Markdown } from '../text/markdown.tsx';
import { CallEnd } from './call-state.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

/** Steps that are drawn: the newest, since nobody reads all of many. */
const nestedShownMax = 100;

type DelegateCardProps = {
  item: ItemOf<'delegate'>;
  live: LiveStore;
  Card: ComponentType<{ item: Item; live: LiveStore }>;
};

export function DelegateCard({ item, live, Card }: DelegateCardProps) {
  const { task, result, state, at, durationMs, sessionId } = item;
  const nested = stepsOf(item);
  const values = useKeptValues();
  const shown = nested.slice(-nestedShownMax);
  const steps = nested.length === 0 ? '' : ` · ${nested.length} ${nested.length === 1 ? 'step' : 'steps'}`;
  return (
    <div className="min-w-0 overflow-hidden rounded-md border border-line">
      <Fold
        name="delegate"
        className="px-2"
        line={
          <>
            <span className="min-w-0 flex-1 truncate">
              <Bot className="mr-1 inline size-4 text-muted" aria-hidden="true" />
              <span className="text-muted">Sub-agent{steps}: </span>
              <DeceptiveText text={task.text.replaceAll('\n', ' ')} />
            </span>
            <CallEnd state={state} at={at} durationMs={durationMs} />
          </>
        }
      >
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-2 border-t border-line p-3">
          <div className="text-sm text-muted">
            <Whole sessionId={sessionId} said={task}>
              {(text) => <Markdown text={text} />}
            </Whole>
          </div>
          {nested.length > shown.length && (
            <p className="text-xs text-muted">{nested.length - shown.length} steps before these are not shown.</p>
          )}
          <ul
            aria-label="What the sub-agent does"
            className="grid min-w-0 gap-2 border-l border-line pl-3 empty:hidden"
          >
            {shown.map((each) => (
              <li key={each.key} className="min-w-0">
                <KeptValues values={values} of={each.key}>
                  <Card item={each} live={live} />
                </KeptValues>
              </li>
            ))}
          </ul>
        </div>
      </Fold>
      {result && (
        <div className="border-t border-line px-3 py-2">
          <p className="pb-1 text-xs text-muted">{state === 'failed' ? 'It failed' : 'Its report'}</p>
          <Whole sessionId={sessionId} said={result}>
            {(text) => <Markdown text={text} />}
          </Whole>
        </div>
      )}
    </div>
  );
}

/** Its last words are its report, which stands below. */
function stepsOf({ nested, result }: ItemOf<'delegate'>): readonly Item[] {
  const last = nested.at(-1);
  return last?.kind === 'message' && last.said.text === result?.text ? nested.slice(0, -1) : nested;
}
