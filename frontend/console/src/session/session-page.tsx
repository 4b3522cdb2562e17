// A session's page: what was said and done, the box to say more, and beside it what became of the workspace.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { queryClient, signInKey } from '../app/query-client.ts';
import { useLucid, useSession } from '../lucid.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { definePart } from '../ui/part.tsx';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { useIsWide } from '../ui/use-is-wide.ts';
import { WaitingList } from '../waits/waiting-list.tsx';
import { Columns } from './columns.tsx';
import { Composer } from './composer.tsx';
import { ConnectionNotice } from './connection-notice.tsx';
import { OpeningFailure } from './opening-failure.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { SessionHeader } from './session-header.tsx';
import { hasTurn, isWorkingStatus, standingNow, titleOf } from './status.ts';
import { useWaitingMessages } from './use-waiting-messages.ts';

const ChangesTab = definePart(() => import('../changes/changes-tab.tsx').then((module) => module.ChangesTab));
const FilesTab = definePart(() => import('../files/files-tab.tsx').then((module) => module.FilesTab));
const ResourcesTab = definePart(() => import('../resources/resources-tab.tsx').then((module) => module.ResourcesTab));

/** How often the report is read again while the page is shown: it tells what no event does, such as who watches. */
const reportIntervalMs = 5_000;

export function SessionPage() {
  const { sessionId } = useParams({ from: '/signed-in/sessions/$sessionId' });
  return <SessionView key={sessionId} sessionId={sessionId} />;
}

function SessionView({ sessionId }: { sessionId: string }) {
  const { event: linkedSequence, tab: chosen } = useSearch({ from: '/signed-in/sessions/$sessionId' });
  const navigate = useNavigate();
  const lucid = useLucid();
  const view = useSession(lucid, sessionId);
  const { data: report, error } = useQuery({
    queryKey: ['session', sessionId],
    queryFn: () => lucid.sessions.read(sessionId),
    refetchInterval: reportIntervalMs,
  });
  const isWide = useIsWide(1_024);
  // In one column a tab is a page of its own, which one comes back from.
  const show = (tab: string) =>
    void navigate({ to: '.', search: (old) => ({ ...old, tab }), replace: isWide, resetScroll: false });
  const shown = chosen ?? (isWide ? 'changes' : 'conversation');
  useSignInCheck(view.problem?.code === 'notAuthenticated');
  const { waiting, say } = useWaitingMessages(view);
  useTitle(report ? titleOf(report.title, standingNow(view, report)) : 'Lucid');
  if (error && !report) return <OpeningFailure error={error} />;
  const isWorking = isWorkingStatus(view.status);
  const standing = report && { state: view.status ?? report.state, lastEventAt: report.lastEvent?.createdAt ?? null };
  const conversation = (
    <section
      aria-label="Conversation"
      className="grid h-full min-h-0 grid-cols-1 grid-rows-[auto_minmax(0,1fr)_auto_auto] bg-surface"
    >
      <ConnectionNotice connection={view.connection} problem={view.problem} gap={view.gap} missed={view.missed} />
      <Timeline
        events={view.events}
        session={view.session}
        isWorking={isWorking}
        linkedSequence={linkedSequence}
        missed={view.missed}
        waiting={waiting}
        linkOf={(sequence) => `/console/sessions/${encodeURIComponent(sessionId)}?event=${sequence}`}
      />
      <div>
        <PlanPanel plan={view.now?.plan} isWorking={hasTurn(view.status)} />
        <WaitingList view={view} />
      </div>
      <Composer
        {...{ sessionId, view, say }}
        isWorking={hasTurn(view.status)}
        chatId={report?.chatId}
        waitingCount={waiting.length}
      />
    </section>
  );
  const tabs: Tab[] = [
    ...(isWide ? [] : [{ name: 'conversation', label: 'Conversation', content: conversation }]),
    {
      name: 'changes',
      label: 'Changes',
      content: <ChangesTab sessionId={sessionId} events={view.events} standing={standing} />,
    },
    {
      name: 'files',
      label: 'Files',
      content: (
        <FilesTab
          sessionId={sessionId}
          events={view.events}
          session={view.session}
          standing={standing}
          isReadOnly={false}
        />
      ),
    },
    { name: 'resources', label: 'Resources', content: <ResourcesTab sessionId={sessionId} events={view.events} /> },
  ];
  const beside = (widen?: ReactNode) => (
    <Tabs
      label="The session's parts"
      tabs={tabs}
      shown={tabs.some(({ name }) => name === shown) ? shown : 'changes'}
      onShow={show}
      end={widen}
    />
  );
  return (
    <main className="grid h-full min-h-0 grid-cols-1 grid-rows-[auto_minmax(0,1fr)]">
      <SessionHeader report={report} view={view} linkedSequence={linkedSequence} />
      {isWide ? <Columns conversation={conversation} beside={beside} /> : beside()}
    </main>
  );
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** The frame of all pages asks who has signed in, and takes this page away where nobody has. */
function useSignInCheck(isOver: boolean): void {
  useEffect(() => {
    if (isOver) void queryClient.invalidateQueries({ queryKey: signInKey });
  }, [isOver]);
}
