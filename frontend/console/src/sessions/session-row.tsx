// One session in the list: what it is about, how it stands, what goes on or went wrong, and what it has used.
import { Link } from '@tanstack/react-router';
import { Eye, GitBranch } from 'lucide-react';
import { memo } from 'react';
import type { SessionReport } from '../session/session-report.ts';
import { describeStanding, standingOf } from '../session/status.ts';
import { Badge } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatAge, formatCost, formatCount } from '../ui/format.ts';
import { nameOfRepository } from '../ui/repository.ts';
import { describeNow } from './describe-now.ts';

type SessionRowProps = { report: SessionReport; nowMs: number };

export const SessionRow = memo(function SessionRow({ report, nowMs }: SessionRowProps) {
  const { word, tone } = describeStanding(standingOf(report));
  const said = describeNow(report);
  return (
    <li>
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: report.sessionId }}
        data-row={report.sessionId}
        className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken focus-visible:-outline-offset-2"
      >
        <span className="line-clamp-2 font-medium sm:line-clamp-1">
          <DeceptiveText text={report.title} />
        </span>
        <span className="justify-self-end">
          <Badge tone={tone}>{word}</Badge>
        </span>
        {said && (
          <span className="col-span-2 line-clamp-2 text-sm">
            <DeceptiveText text={said} />
          </span>
        )}
        <span className="col-span-2 flex flex-wrap items-center gap-x-4 text-sm text-muted">
          <Where report={report} />
          <Figures report={report} nowMs={nowMs} />
        </span>
      </Link>
    </li>
  );
});

const Where = ({ report: { repoUrl, branch, watchers } }: Pick<SessionRowProps, 'report'>) => (
  <span className="flex min-w-0 items-center gap-x-4 sm:flex-1">
    {repoUrl && (
      <span className="flex min-w-0 items-center gap-1">
        <GitBranch className="size-3.5 shrink-0" aria-hidden="true" />
        <span className="truncate">
          {nameOfRepository(repoUrl)}
          {branch && ` · ${branch}`}
        </span>
      </span>
    )}
    {watchers > 0 && (
      <span className="flex items-center gap-1 whitespace-nowrap">
        <Eye className="size-3.5" aria-hidden="true" />
        {watchers} watching
      </span>
    )}
  </span>
);

/** In columns where there is room, so that one compares them down the list. */
function Figures({ report: { createdAt, updatedAt, usage }, nowMs }: SessionRowProps) {
  const tokens = usage.inputTokens + usage.outputTokens;
  const column = 'whitespace-nowrap tabular-nums sm:text-right';
  return (
    <>
      <span className={`${column} empty:hidden sm:w-28 sm:empty:block`}>
        {tokens > 0 && `${formatCount(tokens)} tokens`}
      </span>
      <span className={`${column} empty:hidden sm:w-14 sm:empty:block`}>
        {usage.costUsd !== undefined && formatCost(usage.costUsd)}
      </span>
      <time
        dateTime={updatedAt}
        title={`Last active ${new Date(updatedAt).toLocaleString()}, made ${new Date(createdAt).toLocaleString()}`}
        className={`${column} sm:w-24`}
      >
        {formatAge(updatedAt, nowMs)}
      </time>
    </>
  );
}
