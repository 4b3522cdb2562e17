// A session as who has a share of it sees it: the conversation, and the workspace where that is shared.
import { Eye, GitBranch } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Mark } from '../app/mark.tsx';
import { type Calls, type SessionView, useLucid, useSession } from '../lucid.ts';
import { ConnectionNotice } from '../session/connection-notice.tsx';
import { describeStanding, isWorkingStatus, standingNow, titleOf } from '../session/status.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { Badge } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { definePart } from '../ui/part.tsx';
import { nameOfRepository } from '../ui/repository.ts';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { useIsWide } from '../ui/use-is-wide.ts';
import { useNow } from '../ui/use-now.ts';
import { formatUntil } from './format-until.ts';

const ChangesTab = definePart(() => import('../changes/changes-tab.tsx').then((module) => module.ChangesTab));
const FilesTab = definePart(() => import('../files/files-tab.tsx').then((module) => module.FilesTab));

type Share = Calls['readShare']['answer'];

/** Of what is told in minutes. */
const nowIntervalMs = 30_000;

type SharedSessionProps = {
  share: Share;
  /** What is shown once the share is over. */
  over: ReactNode;
};

export function SharedSession({ share, over }: SharedSessionProps) {
  const { session, workspace } = share;
  const view = useSession(useLucid(), session.sessionId);
  const isWide = useIsWide(1_024);
  const title = titleOf(session.title, standingNow(view, session));
  useEffect(() => {
    document.title = title;
  }, [title]);
  if (view.connection === 'failed' && view.problem?.code === 'notAuthenticated') return over;
  const conversation = <Conversation view={view} />;
  return (
    <div className="grid h-full min-h-0 grid-rows-[auto_minmax(0,1fr)]">
      <Header share={share} view={view} />
      <main className="min-h-0">
        {workspace ? (
          <WithWorkspace share={share} view={view} isWide={isWide} conversation={conversation} />
        ) : (
          conversation
        )}
      </main>
    </div>
  );
}

const Conversation = ({ view }: { view: SessionView }) => (
  <section aria-label="Conversation" className="grid h-full min-h-0 grid-rows-[auto_minmax(0,1fr)] bg-surface">
    <ConnectionNotice connection={view.connection} problem={view.problem} gap={view.gap} missed={view.missed} />
    <Timeline events={view.events} session={view.session} isWorking={isWorkingStatus(view.status)} />
  </section>
);

type PartsProps = { share: Share; view: SessionView; isWide: boolean; conversation: ReactNode };

function WithWorkspace({ share: { session }, view, isWide, conversation }: PartsProps) {
  const [chosen, show] = useState<string>();
  const { sessionId, lastEvent } = session;
  const standing = { state: view.status ?? session.state, lastEventAt: lastEvent?.createdAt ?? null };
  const about = { sessionId, events: view.events, standing };
  const tabs: Tab[] = [
    ...(isWide ? [] : [{ name: 'conversation', label: 'Conversation', content: conversation }]),
    {
      name: 'changes',
      label: 'Changes',
      content: <ChangesTab {...about} />,
    },
    {
      name: 'files',
      label: 'Files',
      content: <FilesTab {...about} session={view.session} isReadOnly />,
    },
  ];
  const shown = tabs.find(({ name }) => name === chosen) ?? tabs[0];
  const parts = <Tabs label="The session's parts" tabs={tabs} shown={shown?.name ?? ''} onShow={show} />;
  if (!isWide) return parts;
  return (
    <div className="grid h-full min-h-0 grid-cols-[minmax(0,11fr)_minmax(0,9fr)]">
      <div className="min-h-0 border-r border-line">{conversation}</div>
      {parts}
    </div>
  );
}

function Header({ share: { session, expiresAt }, view }: { share: Share; view: SessionView }) {
  const { word, tone } = describeStanding(standingNow(view, session) ?? session);
  const nowMs = useNow(nowIntervalMs);
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-2">
      <span className="[&>svg]:size-6">
        <Mark />
      </span>
      <h1 className="min-w-0 flex-1 basis-64 truncate font-semibold">
        <DeceptiveText text={session.title} />
      </h1>
      <div className="flex flex-wrap items-center gap-3 text-sm text-muted">
        <Badge tone={tone}>{word}</Badge>
        {session.repoUrl && (
          <span className="flex items-center gap-1">
            <GitBranch className="size-4" aria-hidden="true" />
            {nameOfRepository(session.repoUrl)}
            {session.branch && ` · ${session.branch}`}
          </span>
        )}
        <span className="flex items-center gap-1" title={new Date(expiresAt).toLocaleString('en')}>
          <Eye className="size-4" aria-hidden="true" />
          Read-only; the link expires {formatUntil(expiresAt, nowMs)}
        </span>
      </div>
    </header>
  );
}
