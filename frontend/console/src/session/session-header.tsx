// The head of a session's page: its task, how it stands, what it has used, and what can be done with the whole of it.
import { GitBranch } from 'lucide-react';
import type { SessionView } from '../lucid.ts';
import { Badge } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatCost, formatCount } from '../ui/format.ts';
import { nameOfRepository } from '../ui/repository.ts';
import { useToast } from '../ui/toast.tsx';
import { SessionMenu } from './session-menu.tsx';
import { SessionNowButton } from './session-now.tsx';
import type { SessionReport } from './session-report.ts';
import { describeStanding, hasEnded, standingNow } from './status.ts';

type SessionHeaderProps = {
  report: SessionReport | undefined;
  view: SessionView;
  linkedSequence: number | undefined;
};

export function SessionHeader({ report, view, linkedSequence }: SessionHeaderProps) {
  const toast = useToast();
  const state = view.status ?? report?.state ?? null;
  const stop = () => void view.stop().catch((error: Error) => toast(`Stopping failed: ${error.message}`, true));
  const isOver = hasEnded(state);
  const standing = standingNow(view, report);
  const shown = standing && describeStanding(standing);
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-2 sm:flex-nowrap">
      <h1 className="order-1 min-w-0 flex-1 truncate font-semibold" title={report?.title}>
        <DeceptiveText text={report?.title ?? ' '} />
      </h1>
      <div className="order-3 flex min-w-0 basis-full flex-wrap items-center gap-x-3 text-sm sm:flex-nowrap text-muted sm:order-2 sm:basis-auto">
        {shown && <Badge tone={shown.tone}>{shown.word}</Badge>}
        {report?.repoUrl && (
          <span className="flex min-w-0 items-center gap-1">
            <GitBranch className="size-4 shrink-0" aria-hidden="true" />
            <span className="max-w-64 truncate">
              {nameOfRepository(report.repoUrl)}
              {report.branch && ` · ${report.branch}`}
            </span>
          </span>
        )}
        <UsageFigures view={view} report={report} />
        {view.now && <SessionNowButton now={view.now} />}
      </div>
      <div className="order-2 sm:order-3">
        <SessionMenu report={report} linkedSequence={linkedSequence} isOver={isOver} onStop={stop} />
      </div>
    </header>
  );
}

function UsageFigures({ view, report }: Pick<SessionHeaderProps, 'view' | 'report'>) {
  const usage = view.usage ?? report?.usage;
  if (!usage) return null;
  const going = view.turnUsage;
  const tokens = usage.inputTokens + usage.outputTokens + (going ? going.inputTokens + going.outputTokens : 0);
  const costUsd = (usage.costUsd ?? 0) + (going?.costUsd ?? 0);
  if (tokens === 0) return null;
  const isPriced = usage.costUsd !== undefined || going?.costUsd !== undefined;
  return (
    <span title="Tokens in and out, and what they cost" className="shrink-0 whitespace-nowrap tabular-nums">
      {formatCount(tokens)} tokens{isPriced && ` · ${formatCost(costUsd)}`}
    </span>
  );
}
