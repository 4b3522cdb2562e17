// One's sessions in three groups, live: nothing moves under a finger, j and k walk through them.
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { useToast } from '../ui/toast.tsx';
import { useNow } from '../ui/use-now.ts';
import { useRowKeys } from '../ui/use-row-keys.ts';
import { type GroupName, type Groups, groupSessions, holdGroups, isFound } from './group-sessions.ts';
import type { KnownSessions } from './known-sessions.ts';
import { SessionRow } from './session-row.tsx';
import { useHeld } from './use-held.ts';
import type { Sessions } from './use-sessions.ts';

const labels: Record<GroupName, string> = { needsYou: 'Needs you', working: 'Working', done: 'Done' };
/** Of what is done the newest are enough at first; each press shows as many as a page has. */
const doneShownAtFirst = 10;
const doneShownMore = 50;
/** How often ages are told anew. */
const ageIntervalMs = 20_000;

type SessionListProps = { sessions: Sessions & { known: KnownSessions }; search: string };

export function SessionList({ sessions, search }: SessionListProps) {
  const { known } = sessions;
  const list = useRef<HTMLDivElement>(null);
  const now = useMemo(() => groupSessions(known.values()), [known]);
  const [shown, hold] = useHeld(now, holdGroups);
  const found = useMemo(() => filterGroups(shown, search), [shown, search]);
  const rows = useRowKeys(list, hold);
  const [doneShown, showDone] = useState(doneShownAtFirst);
  if (known.size === 0) return <Told groups={now} />;
  const doneMax = search === '' ? doneShown : Number.POSITIVE_INFINITY;
  const isEmpty = Object.values(found).every((group) => group.length === 0);
  return (
    <div ref={list} onPointerMove={hold} onPointerDown={hold} {...rows} className="grid gap-6">
      <Told groups={now} />
      <Group name="needsYou" reports={found.needsYou} />
      <Group name="working" reports={found.working} />
      <Group name="done" reports={found.done.slice(0, doneMax)} total={found.done.length} />
      {isEmpty && <NothingFound search={search} isLooking={sessions.hasOlder} />}
      <More
        sessions={sessions}
        hasHidden={found.done.length > doneMax}
        onMore={() => showDone((count) => count + doneShownMore)}
      />
    </div>
  );
}

/** How many there are, for who doesn't see the list: read out when it changes, and in the tab where some need somebody. */
function Told({ groups: { needsYou, working } }: { groups: Groups }) {
  const needing = needsYou.length;
  useEffect(() => {
    document.title = `${needing > 0 ? `(${needing}) ` : ''}Sessions – Lucid`;
  }, [needing]);
  return (
    <p role="status" className="sr-only">
      {needing} {needing === 1 ? 'needs' : 'need'} you, {working.length} working
    </p>
  );
}

function filterGroups(groups: Groups, search: string): Groups {
  const keep = (reports: Groups['done']) => reports.filter((report) => isFound(report, search));
  return { needsYou: keep(groups.needsYou), working: keep(groups.working), done: keep(groups.done) };
}

function Group({
  name,
  reports,
  total = reports.length,
}: {
  name: GroupName;
  reports: Groups['done'];
  total?: number;
}) {
  const nowMs = useNow(ageIntervalMs);
  if (reports.length === 0) return null;
  const id = `sessions-${name}`;
  return (
    <section aria-labelledby={id} className="grid gap-2">
      <h2 id={id} className="flex items-baseline gap-2 px-4 text-sm font-semibold sm:px-0">
        {labels[name]} <span className="font-normal text-muted">{total}</span>
      </h2>
      <ul className="divide-y divide-line overflow-hidden border-y border-line bg-surface sm:rounded-md sm:border-x">
        {reports.map((report) => (
          <SessionRow key={report.sessionId} report={report} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function NothingFound({ search, isLooking }: { search: string; isLooking: boolean }) {
  if (isLooking) return <p className="p-8 text-center text-sm text-muted">Looking at older sessions…</p>;
  return (
    <EmptyState title="No session has these words in its title, task or repository">
      <Link to="/history" search={{ q: search }} className="text-accent underline">
        Search in what was said
      </Link>
    </EmptyState>
  );
}

function More({ sessions, hasHidden, onMore }: { sessions: Sessions; hasHidden: boolean; onMore(): void }) {
  const toast = useToast();
  const showMore = () => {
    onMore();
    if (!hasHidden || sessions.hasOlder)
      sessions.loadOlder().catch((error: Error) => toast(`Reading older sessions failed: ${error.message}`, true));
  };
  return (
    <div className="flex flex-wrap items-center justify-center gap-4 pb-6 text-sm">
      {(hasHidden || sessions.hasOlder) && (
        <Button onClick={showMore} disabled={sessions.isLoadingOlder}>
          Show older
        </Button>
      )}
      <Link to="/history" className="text-accent underline">
        All chats are in History
      </Link>
    </div>
  );
}
