// What a person was asked, and what they said to it: one line each.
import { CircleHelp, ListChecks, ShieldQuestion } from 'lucide-react';
import { Badge, type BadgeTone } from '../../ui/badge.tsx';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { describeReply } from '../items/describe-reply.ts';
import type { ItemOf, Reply } from '../items/item.ts';
import { Markdown } from '../text/markdown.tsx';
import { Whole } from './whole.tsx';

const icons = { question: CircleHelp, plan: ListChecks, approval: ShieldQuestion };
const tones: Record<Reply['is'], BadgeTone> = {
  answered: 'good',
  allow: 'good',
  allowForSession: 'good',
  deny: 'bad',
  none: 'warn',
};

export function AskedCard({ item }: { item: ItemOf<'asked'> }) {
  const { what, said, tool, state, reply, sessionId } = item;
  const Icon = icons[what];
  const words = { question: 'The agent asks', plan: 'The agent presents its plan', approval: 'Wants an approval' }[
    what
  ];
  return (
    <div className="grid min-w-0 gap-1 rounded-md border border-line px-3 py-2 text-sm">
      <p className="flex min-w-0 items-start gap-2">
        <Icon className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden="true" />
        <span className="min-w-0 flex-1 wrap-anywhere">
          <span className="text-muted">
            {words}
            {tool !== undefined && ` for ${tool}`}
            {what === 'plan' ? '' : ': '}
          </span>
          {what === 'approval' && <DeceptiveText text={said.text} />}
        </span>
        {state === 'asked' && <Badge tone="warn">waits for you</Badge>}
        {state === 'cut' && <Badge tone="warn">not answered</Badge>}
      </p>
      {what !== 'approval' && (
        <div className="pl-6">
          <Whole sessionId={sessionId} said={said}>
            {(text) => <Markdown text={text} />}
          </Whole>
        </div>
      )}
      {reply && (
        <p className="flex min-w-0 items-start gap-2 pl-6">
          <Badge tone={tones[reply.is]}>{describeReply(what, reply)}</Badge>
          <span className="min-w-0 wrap-anywhere whitespace-pre-wrap">
            <DeceptiveText text={reply.text} />
          </span>
        </p>
      )}
    </div>
  );
}
