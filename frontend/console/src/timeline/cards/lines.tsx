// What is said in a line or two: thoughts, notices, failures, how the session stands, ends of turns.
import { CircleAlert, FilePen, Info, Lightbulb } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Usage } from '../../lucid.ts';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { formatBytes, formatCost, formatCount, formatDuration } from '../../ui/format.ts';
import type { ItemOf, TurnEnd } from '../items/item.ts';
import { Markdown } from '../text/markdown.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

/** Characters of a thought in its line. */
const previewCharsMax = 200;

export const ThoughtLine = ({ item }: { item: ItemOf<'thought'> }) => <Folded item={item} label="Thought" />;

export const SummaryLine = ({ item }: { item: ItemOf<'summary'> }) => (
  <Folded item={item} label="The conversation so far was summed up for the model" />
);

export const KnowledgeLine = ({ item }: { item: ItemOf<'knowledge'> }) => (
  <Folded item={item} label="What the project says of itself" />
);

const Folded = ({ item, label }: { item: ItemOf<'thought' | 'summary' | 'knowledge'>; label: string }) => (
  <Fold
    name="thought"
    line={
      <span className="min-w-0 flex-1 truncate text-muted">
        <Lightbulb className="mr-1 inline size-3.5" aria-hidden="true" />
        {label}: <DeceptiveText text={item.said.text.slice(0, previewCharsMax).replaceAll('\n', ' ')} />
      </span>
    }
  >
    <div className="ml-2 border-l border-line py-1 pl-4 text-sm text-muted">
      <Whole sessionId={item.sessionId} said={item.said} isAtOnce>
        {(text) => <Markdown text={text} />}
      </Whole>
    </div>
  </Fold>
);

const Line = ({ icon, children }: { icon?: ReactNode; children: ReactNode }) => (
  <p className="flex min-w-0 items-start gap-2 text-sm text-muted">
    {icon}
    <span className="min-w-0 whitespace-pre-wrap">{children}</span>
  </p>
);

export const NoticeLine = ({ item }: { item: ItemOf<'notice'> }) => (
  <Line icon={<Info className="mt-0.5 size-4 shrink-0 text-info" aria-label="Notice" />}>
    <DeceptiveText text={item.text} />
  </Line>
);

export const PersonFileLine = ({ item }: { item: ItemOf<'personFile'> }) => (
  <Line icon={<FilePen className="mt-0.5 size-4 shrink-0" aria-hidden="true" />}>
    {item.bytes === undefined ? (
      <DeceptiveText text={item.text} />
    ) : (
      <>
        Added <DeceptiveText text={item.path} />, {formatBytes(item.bytes)}
      </>
    )}
  </Line>
);

export const FailureLine = ({ item }: { item: ItemOf<'failure'> }) => (
  <div className="flex items-start gap-2 rounded-md border border-line bg-bad-soft px-3 py-2 text-sm">
    <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
    <div className="min-w-0">
      <p className="font-medium text-bad">{item.isEnd ? 'The session has failed' : 'A step has failed'}</p>
      <p className="whitespace-pre-wrap">
        <DeceptiveText text={item.text} />
      </p>
    </div>
  </div>
);

export const StateLine = ({ item }: { item: ItemOf<'line'> }) => (
  <p className="py-1 text-center text-xs text-muted">
    <DeceptiveText text={item.text} />
  </p>
);

export const GapLine = ({ item }: { item: ItemOf<'gap'> }) => {
  const count = item.to - item.from + 1;
  const words = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
  return (
    <p className="border-y border-dashed border-line-strong py-1 text-center text-xs text-muted">
      {item.isEarlier ? `${words} before this are in the history.` : `${words} are missing here.`}
    </p>
  );
};

const endWords: Record<TurnEnd, string> = {
  finished: 'Turn finished',
  interrupted: 'Turn interrupted',
  iterations: 'Turn ended: too many steps',
  timeout: 'Turn ended: too long',
  repeating: 'Turn ended: the agent repeated itself',
  refused: 'The model refused',
  failed: 'Turn failed',
  budget: 'Turn ended: its budget is spent',
};

export const TurnEndLine = ({ item }: { item: ItemOf<'turnEnd'> }) => {
  const { reason, text, isTold = false, isStop = false, usage, unanswered } = item;
  const isFine = reason === 'finished' || reason === 'interrupted';
  return (
    <div className="grid gap-1 border-t border-line pt-2 text-xs text-muted">
      <p className="flex flex-wrap gap-x-2">
        <span className={isFine ? '' : 'text-bad'}>
          {isStop ? 'Session stopped' : reason ? endWords[reason] : 'Turn ended'}
        </span>
        {usage && <span>{describeUsage(usage)}</span>}
      </p>
      {!isFine && !isTold && (
        <p className="text-sm whitespace-pre-wrap text-text">
          <DeceptiveText text={text} />
        </p>
      )}
      {unanswered > 0 && <p>{unanswered === 1 ? 'A message was' : `${unanswered} messages were`} not answered.</p>}
    </div>
  );
};

function describeUsage({ steps, inputTokens, outputTokens, costUsd, durationMs }: Usage): string {
  const tokens = inputTokens + outputTokens;
  return [
    `${steps} ${steps === 1 ? 'step' : 'steps'}`,
    formatDuration(durationMs),
    ...(tokens > 0 ? [`${formatCount(tokens)} tokens`] : []),
    ...(costUsd === undefined ? [] : [formatCost(costUsd)]),
  ].join(' · ');
}
