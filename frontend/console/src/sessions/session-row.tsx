// One session in the list: what it is about, how it stands, and what it has used.
import { Link } from '@tanstack/react-router';
import { Eye, GitBranch } from 'lucide-react';
import { memo } from 'react';
import type { SessionReport } from '../session/session-report.ts';
import { Badge } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatAge, formatCost, formatCount } from '../ui/format.ts';
import { nameOfRepository } from '../ui/repository.ts';
import { describeStanding, groupOf } from './group-sessions.ts';

type SessionRowProps = { report: SessionReport; nowMs: number };

export const SessionRow = memo(function SessionRow({ report, nowMs }: SessionRowProps) {
  const { word, tone } = describeStanding(report);
  const said = groupOf(report) === 'needsYou' ? sayEnd(report) : null;
  return (
    <li>
      <Link
        to="/sessions/$sessionId"
        params={{ sessionId: report.sessionId }}
        data-row={report.sessionId}
        className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-0.5 px-4 py-2.5 hover:bg-sunken focus-visible:-outline-offset-2"
      >
        <span className="line-clamp-2 font-medium sm:line-clamp-1">
          <DeceptiveText text={report.title} />
        </span>
        <span>
          <Badge tone={tone}>{word}</Badge>
        </span>
        <span className="col-span-2 flex flex-wrap items-center gap-x-3 text-sm text-muted">
          <Figures report={report} nowMs={nowMs} />
        </span>
        {said && (
          <span className="col-span-2 truncate text-sm text-muted">
            <DeceptiveText text={said} />
          </span>
        )}
      </Link>
    </li>
  );
});

/** What the engine says of the end of the last turn, where the badge doesn't say all of it. */
const sayEnd = ({ lastTurn }: SessionReport): string | null =>
  lastTurn === null || lastTurn.reason === 'finished' || lastTurn.reason === 'interrupted' ? null : lastTurn.message;

function Figures({ report: { repoUrl, branch, createdAt, usage, watchers }, nowMs }: SessionRowProps) {
  const tokens = usage.inputTokens + usage.outputTokens;
  return (
    <>
      {repoUrl && (
        <span className="flex min-w-0 items-center gap-1">
          <GitBranch className="size-3.5 shrink-0" aria-hidden="true" />
          <span className="truncate">
            {nameOfRepository(repoUrl)}
            {branch && ` · ${branch}`}
          </span>
        </span>
      )}
      <time dateTime={createdAt} title={new Date(createdAt).toLocaleString()} className="whitespace-nowrap">
        {formatAge(createdAt, nowMs)}
      </time>
      {tokens > 0 && <span className="whitespace-nowrap">{formatCount(tokens)} tokens</span>}
      {usage.costUsd !== undefined && <span className="whitespace-nowrap">{formatCost(usage.costUsd)}</span>}
      {watchers > 0 && (
        <span className="flex items-center gap-1 whitespace-nowrap">
          <Eye className="size-3.5" aria-hidden="true" />
          {watchers} watching
        </span>
      )}
    </>
  );
}
