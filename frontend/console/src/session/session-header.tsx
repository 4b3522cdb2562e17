// The head of a session's page: its task, how it stands, what it has used, and what can be done with the whole of it.
import { GitBranch } from 'lucide-react';
import type { SessionView } from '../lucid.ts';
import { Badge } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatCost, formatCount } from '../ui/format.ts';
import { nameOfRepository } from '../ui/repository.ts';
import { useToast } from '../ui/toast.tsx';
import { SessionMenu } from './session-menu.tsx';
import type { SessionReport } from './session-report.ts';
import { hasEnded, showState } from './status.ts';

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
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-2">
      <h1 className="min-w-0 flex-1 basis-64 truncate font-semibold">
        <DeceptiveText text={report?.title ?? ' '} />
      </h1>
      <div className="flex flex-wrap items-center gap-3 text-sm text-muted">
        {state && <Badge tone={showState(state).tone}>{showState(state).word}</Badge>}
        {report?.repoUrl && (
          <span className="flex items-center gap-1">
            <GitBranch className="size-4" aria-hidden="true" />
            {nameOfRepository(report.repoUrl)}
            {report.branch && ` · ${report.branch}`}
          </span>
        )}
        <UsageFigures view={view} report={report} />
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
  const isPriced = usage.costUsd !== undefined || going?.costUsd !== undefined;
  return (
    <span title="Tokens in and out, and what they cost">
      {formatCount(tokens)} tokens{isPriced && ` · ${formatCost(costUsd)}`}
    </span>
  );
}
