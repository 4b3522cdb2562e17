// Everybody who has sessions, page by page, with what each has used.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Calls, useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { formatAge, formatCost, formatCount } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import { useNow } from '../ui/use-now.ts';
import { SignOutDialog } from './sign-out-dialog.tsx';

type User = Calls['listUsers']['answer']['users'][number];
type Order = 'name' | 'cost' | 'activity';

const orders: readonly (readonly [Order, string])[] = [
  ['name', 'name'],
  ['cost', 'cost'],
  ['activity', 'last activity'],
];

const compares: Record<Order, (a: User, b: User) => number> = {
  name: () => 0, // As the engine lists them.
  cost: (a, b) => (b.usage.costUsd ?? 0) - (a.usage.costUsd ?? 0),
  activity: (a, b) => Date.parse(b.lastActivityAt) - Date.parse(a.lastActivityAt),
};

const pageUsers = 100;

export function UsersTab() {
  const lucid = useLucid();
  const [order, setOrder] = useState<Order>('name');
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['admin', 'users'],
    queryFn: ({ pageParam, signal }) =>
      lucid.admin.users({ limit: pageUsers, ...(pageParam !== null && { after: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextAfter }) => nextAfter,
    staleTime: 60_000,
  });
  const users = data?.pages.flatMap((page) => page.users);
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <Choice label="In order of" value={order} options={orders} onChange={setOrder} />
        {hasNextPage && order !== 'name' && <p className="text-sm text-muted">Of those that are shown.</p>}
      </div>
      {error && <Failure error={error} doing="Reading the users" retry={() => void refetch()} />}
      {users?.length === 0 && <EmptyState title="Nobody yet">Whoever begins a session is shown here.</EmptyState>}
      {users !== undefined && users.length > 0 && <UserTable users={users.toSorted(compares[order])} />}
      {hasNextPage && (
        <div className="text-center">
          <Button onClick={() => void fetchNextPage()} disabled={isFetchingNextPage}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

function UserTable({ users }: { users: readonly User[] }) {
  const nowMs = useNow(30_000);
  const [signedOut, setSignedOut] = useState<string>();
  return (
    <>
      <Table
        label="Users"
        rows={users}
        keyOf={({ userId }) => userId}
        columns={[
          {
            title: 'User',
            show: ({ userId, name }) => (
              <span className="flex flex-col">
                <span className="font-medium">
                  <DeceptiveText text={name ?? userId} />
                </span>
                {name !== null && name !== userId && (
                  <span className="text-muted">
                    <DeceptiveText text={userId} />
                  </span>
                )}
              </span>
            ),
          },
          { title: 'Sessions', isFigure: true, show: ({ sessions }) => formatCount(sessions) },
          { title: 'Live', isFigure: true, show: ({ liveSessions }) => formatCount(liveSessions) },
          { title: 'Turns', isFigure: true, show: ({ usage }) => formatCount(usage.turns) },
          { title: 'Tokens', isFigure: true, show: ({ usage }) => formatCount(usage.inputTokens + usage.outputTokens) },
          {
            title: 'Cost',
            isFigure: true,
            show: ({ usage }) => (usage.costUsd === undefined ? '–' : formatCost(usage.costUsd)),
          },
          { title: 'Last active', isFigure: true, show: ({ lastActivityAt }) => formatAge(lastActivityAt, nowMs) },
          {
            title: 'Sign out',
            isFigure: true,
            show: ({ userId }) => (
              <Button aria-label={`Sign out ${showDeceptive(userId)} everywhere`} onClick={() => setSignedOut(userId)}>
                Sign out…
              </Button>
            ),
          },
        ]}
      />
      {signedOut !== undefined && <SignOutDialog userId={signedOut} onClose={() => setSignedOut(undefined)} />}
    </>
  );
}
