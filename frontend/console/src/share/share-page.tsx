// What somebody with a share sees: one session, to read. Its token stays in the address's fragment, so that a reload works.
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useMemo } from 'react';
import { createClient, LucidContext, LucidError, useLucid } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { LatePage } from '../ui/late-page.tsx';
import { tokenInFragment } from './share-link.ts';
import { SharedSession } from './shared-session.tsx';

/** How often it is read again until when the share holds, and how its session stands. */
const readIntervalMs = 10_000;

export function SharePage() {
  const token = tokenInFragment(useLocation({ select: ({ hash }) => hash }));
  const lucid = useMemo(() => token && createClient({ baseUrl: location.origin, token }), [token]);
  if (!lucid || !token)
    return <Nothing title="This link is not whole">Its end is missing: copy all of it, from “http” on.</Nothing>;
  return (
    <LucidContext value={lucid}>
      <OpenShare key={token} token={token} />
    </LucidContext>
  );
}

function OpenShare({ token }: { token: string }) {
  const lucid = useLucid();
  const { data, error, refetch } = useQuery({
    queryKey: ['share', token],
    queryFn: () => lucid.sessions.shared(),
    refetchInterval: readIntervalMs,
  });
  const problem = error instanceof LucidError && error.code === 'notAuthenticated';
  if (problem) return <OverShare />;
  if (data) return <SharedSession share={data} over={<OverShare />} />;
  if (!error) return <LatePage />;
  return (
    <main className="grid h-full place-items-center p-6">
      <Failure error={error} doing="Opening what is shared" retry={() => void refetch()} />
    </main>
  );
}

const OverShare = () => (
  <Nothing title="This link shows nothing any more">
    It has expired or was revoked, or was never a link of a share. Ask whoever gave it to you for another one.
  </Nothing>
);

const Nothing = ({ title, children }: { title: string; children: string }) => (
  <main className="grid h-full place-items-center p-6">
    <EmptyState title={title} isPage>
      {children}
    </EmptyState>
  </main>
);
