// A recorded session, shown again at any speed.
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft, GitFork } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useOfferActs } from '../app/palette-acts.ts';
import { useLucid } from '../lucid.ts';
import { OpeningFailure } from '../session/opening-failure.tsx';
import type { SessionReport } from '../session/session-report.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { isTurnOpen, listTimes, listTurns } from './recorded-events.ts';
import { ReplayBar } from './replay-bar.tsx';
import { useChatActs } from './use-chat-acts.ts';
import { useRecord } from './use-record.ts';
import { useReplay } from './use-replay.ts';
import { useReplayKeys } from './use-replay-keys.ts';

export function ReplayPage() {
  const { sessionId } = useParams({ from: '/signed-in/replay/$sessionId' });
  return <Replayed key={sessionId} sessionId={sessionId} />;
}

function Replayed({ sessionId }: { sessionId: string }) {
  const lucid = useLucid();
  const { data: report, error: refusal } = useQuery({
    queryKey: ['session', sessionId],
    queryFn: () => lucid.sessions.read(sessionId),
  });
  const { events, isWhole, isCut, error, readAgain } = useRecord(sessionId);
  const times = useMemo(() => listTimes(events), [events]);
  const turns = useMemo(() => listTurns(events), [events]);
  const replay = useReplay(times, turns, isWhole);
  useReplayKeys(replay);
  useEffect(() => {
    document.title = report ? `Replay of ${report.title.slice(0, 60)} – Lucid` : 'Replay – Lucid';
  }, [report]);
  const shown = useMemo(() => events.slice(0, replay.shown), [events, replay.shown]);
  if (refusal && !report) return <OpeningFailure error={refusal} />;
  return (
    <main className="grid h-full min-h-0 grid-rows-[auto_minmax(0,1fr)_auto]">
      <ReplayHeader report={report} sessionId={sessionId} untilSequence={shown.at(-1)?.sequence} />
      <section aria-label="Conversation" className="grid min-h-0 grid-rows-[auto_minmax(0,1fr)] bg-surface">
        <div className="grid justify-items-center">
          {error && <Failure error={error} doing="Reading the record" retry={readAgain} />}
          {isCut && (
            <p className="w-full bg-info-soft px-4 py-1.5 text-sm text-info">
              The record is longer than a replay holds: this is its first part.
            </p>
          )}
        </div>
        {isWhole && events.length === 0 ? (
          <EmptyState title="Nothing has happened in this session yet" />
        ) : (
          <Timeline events={shown} session={null} isWorking={isTurnOpen(shown)} />
        )}
      </section>
      <ReplayBar replay={replay} turns={turns} isWhole={isWhole} />
    </main>
  );
}

type ReplayHeaderProps = { report: SessionReport | undefined; sessionId: string; untilSequence: number | undefined };

function ReplayHeader({ report, sessionId, untilSequence }: ReplayHeaderProps) {
  const { fork } = useChatActs();
  const chatId = report?.chatId;
  useOfferActs(
    useMemo(() => {
      if (chatId === undefined || untilSequence === undefined) return [];
      return [{ label: 'Fork from the shown event', act: () => void fork(chatId, untilSequence) }];
    }, [chatId, untilSequence, fork]),
  );
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-2">
      <h1 className="min-w-0 flex-1 basis-64 truncate font-semibold">
        <span className="font-normal text-muted">Replay</span> <DeceptiveText text={report?.title ?? ' '} />
      </h1>
      <div className="flex items-center gap-2">
        <Link
          to="/sessions/$sessionId"
          params={{ sessionId }}
          className="inline-flex min-h-8 pointer-coarse:min-h-10 items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-sunken hover:text-text"
        >
          <ArrowLeft className="size-4" aria-hidden="true" /> Session
        </Link>
        <Button
          disabled={chatId === undefined || untilSequence === undefined}
          onClick={() => chatId !== undefined && void fork(chatId, untilSequence)}
        >
          <GitFork className="size-4" aria-hidden="true" /> Fork from here
        </Button>
      </div>
    </header>
  );
}
