// One session of anybody: whose it is, how it stands, what it has used, and which engine has it.
import { describeStanding } from '../session/status.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { formatAge, formatCost, formatCount } from '../ui/format.ts';
import { nameOfRepository } from '../ui/repository.ts';
import type { AdminSession } from './admin-queries.ts';

type SessionItemProps = { session: AdminSession; nowMs: number; onStop(): void };

export function SessionItem({ session, nowMs, onStop }: SessionItemProps) {
  const { title, userId, state, isAlive } = session;
  const { word, tone } = describeStanding({ state });
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <div className="flex min-w-0 items-center gap-2">
        <span className="truncate font-medium">
          <DeceptiveText text={title} />
        </span>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <div className="row-span-2">
        {isAlive && (
          <Button
            tone="danger"
            onClick={onStop}
            aria-label={`Stop the session of ${showDeceptive(userId)}: ${showDeceptive(title)}`}
          >
            Stop…
          </Button>
        )}
      </div>
      <p className="flex min-w-0 flex-wrap gap-x-3 text-sm text-muted">
        <span className="font-medium">
          <DeceptiveText text={userId} />
        </span>
        <Figures session={session} nowMs={nowMs} />
      </p>
    </li>
  );
}

function Figures({ session, nowMs }: Omit<SessionItemProps, 'onStop'>) {
  const { createdAt, repoUrl, provider, usage, watchers, queuePosition } = session;
  const tokens = usage.inputTokens + usage.outputTokens;
  return (
    <>
      <time dateTime={createdAt}>{formatAge(createdAt, nowMs)}</time>
      {repoUrl && <DeceptiveText text={nameOfRepository(repoUrl)} />}
      {provider && <span>{provider}</span>}
      {usage.turns > 0 && <span>{usage.turns === 1 ? '1 turn' : `${formatCount(usage.turns)} turns`}</span>}
      {tokens > 0 && <span>{formatCount(tokens)} tokens</span>}
      {usage.costUsd !== undefined && <span>{formatCost(usage.costUsd)}</span>}
      {queuePosition !== null && <span>waits for a sandbox, place {queuePosition}</span>}
      {watchers > 0 && <span>{watchers} watching</span>}
      <span>{placeOf(session)}</span>
    </>
  );
}

function placeOf({ runId, host }: AdminSession): string {
  if (host !== null) return `host ${host}`;
  return runId === null ? 'stored' : `at engine ${runId.slice(-6)}`;
}
