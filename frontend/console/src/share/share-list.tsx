// The links by which a session is shared, each with when it ends and when it was used last.
import { useState } from 'react';
import type { Calls } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { formatAge } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { formatUntil } from './format-until.ts';

type Share = Calls['listShares']['answer']['shares'][number];

/** Of what is told in minutes. */
const nowIntervalMs = 30_000;

type ShareListProps = { shares: readonly Share[]; isBusy: boolean; onRevoke(id: string): void };

export function ShareList({ shares, isBusy, onRevoke }: ShareListProps) {
  const nowMs = useNow(nowIntervalMs);
  const [asked, ask] = useState<string>();
  if (shares.length === 0) return <p className="text-sm text-muted">Nobody can watch by a link now.</p>;
  return (
    <ul aria-label="Links" className="grid divide-y divide-line border-t border-line">
      {shares.map((share) => (
        <li key={share.id} className="flex flex-wrap items-center gap-3 py-2 text-sm">
          <div className="min-w-0 flex-1">
            <p>
              Expires {formatUntil(share.expiresAt, nowMs)}
              {share.workspace && ' · with the workspace'}
            </p>
            <p className="text-muted">
              Made {formatAge(share.createdAt, nowMs)} ·{' '}
              {share.lastUsedAt === null ? 'not used yet' : `used ${formatAge(share.lastUsedAt, nowMs)}`}
            </p>
          </div>
          {asked === share.id ? (
            <Question isBusy={isBusy} onKeep={() => ask(undefined)} onRevoke={() => onRevoke(share.id)} />
          ) : (
            <Button tone="danger" onClick={() => ask(share.id)}>
              Revoke
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Whoever watches is cut off at once, and no link can be brought back. */
const Question = ({ isBusy, onKeep, onRevoke }: { isBusy: boolean; onKeep(): void; onRevoke(): void }) => (
  <fieldset className="flex flex-wrap items-center gap-2">
    <legend className="sr-only">Revoke this link?</legend>
    <Button onClick={onKeep} autoFocus>
      Keep it
    </Button>
    <Button tone="danger" disabled={isBusy} onClick={onRevoke}>
      Revoke for good
    </Button>
  </fieldset>
);
