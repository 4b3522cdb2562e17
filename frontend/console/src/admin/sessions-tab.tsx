// Everybody's sessions, newest first, by state and by user, each with a way to stop it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type SessionState, useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { useNow } from '../ui/use-now.ts';
import { type AdminSession, sessionsKey } from './admin-queries.ts';
import { SessionItem } from './session-item.tsx';
import { StopDialog } from './stop-dialog.tsx';
import { UserField } from './user-field.tsx';

type Shown = 'live' | SessionState | 'all';

const choices: readonly (readonly [Shown, string])[] = [
  ['live', 'live'],
  ['working', 'at work'],
  ['waiting', 'waiting for people'],
  ['idle', 'at rest'],
  ['created', 'not started'],
  ['stopped', 'stopped'],
  ['failed', 'failed'],
  ['all', 'all'],
];

/** Undefined for all. */
const statesOf = (shown: Shown): SessionState[] | undefined => {
  if (shown === 'all') return undefined;
  return shown === 'live' ? ['created', 'working', 'waiting', 'idle'] : [shown];
};

/** Long enough that looking at a list isn't most of what the log tells. */
const readIntervalMs = 10_000;

export function SessionsTab() {
  const [shown, setShown] = useState<Shown>('live');
  const [user, setUser] = useState('');
  const [stopping, setStopping] = useState<AdminSession>();
  const { sessions, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useAllSessions(shown, user);
  const nowMs = useNow(30_000);
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
        <Choice label="Show" value={shown} options={choices} onChange={setShown} />
        <UserField value={user} onChange={setUser} />
      </div>
      {error && <Failure error={error} doing="Reading the sessions" retry={() => void refetch()} />}
      {sessions?.length === 0 && (
        <EmptyState title="No such sessions">Show all of them, or those of every user.</EmptyState>
      )}
      {sessions !== undefined && sessions.length > 0 && (
        <ul className="divide-y divide-line rounded-md border border-line bg-surface">
          {sessions.map((session) => (
            <SessionItem key={session.sessionId} session={session} nowMs={nowMs} onStop={() => setStopping(session)} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <div className="text-center">
          <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
      {stopping && <StopDialog session={stopping} onClose={() => setStopping(undefined)} />}
    </div>
  );
}

function useAllSessions(shown: Shown, user: string) {
  const lucid = useLucid();
  const { data, ...query } = useInfiniteQuery({
    queryKey: [...sessionsKey, shown, user],
    queryFn: ({ pageParam, signal }) => {
      const state = statesOf(shown);
      return lucid.admin.sessions(
        { ...(state && { state }), ...(user !== '' && { user }), ...(pageParam !== null && { before: pageParam }) },
        { signal },
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextBefore }) => nextBefore,
    refetchInterval: readIntervalMs,
  });
  return { sessions: data?.pages.flatMap((page) => page.sessions), ...query };
}
