// What the page of the timeline's tests is made of: a timeline, on its `window` as `onPage`.
import '../../styles.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { queryClient } from '../../app/query-client.ts';
import { createClient, type Lucid, LucidContext, ownLucid, type SessionEvent, useSession } from '../../lucid.ts';
import { isWorkingStatus } from '../../session/status.ts';
import { Toaster } from '../../ui/toast.tsx';
import { Timeline, type TimelineProps } from '../timeline.tsx';

type Asked = { linkedSequence?: number; isWorking?: boolean };
const place = document.getElementById('console') as HTMLElement;
const root = createRoot(place);

/** It is in the page when this returns. */
function render(lucid: Lucid, timeline: React.ReactNode): void {
  const page = (
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <LucidContext value={lucid}>
          <Toaster>
            <main aria-label="Test" className="grid h-full min-h-0 bg-surface">
              <h1 className="sr-only">A session</h1>
              {timeline}
            </main>
          </Toaster>
        </LucidContext>
      </QueryClientProvider>
    </StrictMode>
  );
  flushSync(() => root.render(page));
}

const linkOf: NonNullable<TimelineProps['linkOf']> = (sequence) => `/?event=${sequence}`;

/** Shows these events and no others. */
function show(events: readonly SessionEvent[], { isWorking = false, linkedSequence }: Asked = {}): void {
  render(ownLucid, <Timeline {...{ events, isWorking, linkedSequence, linkOf }} session={null} />);
}

function Followed({ lucid, sessionId, linkedSequence }: Asked & { lucid: Lucid; sessionId: string }) {
  const { events, session, status } = useSession(lucid, sessionId);
  return <Timeline {...{ events, session, linkedSequence, linkOf }} isWorking={isWorkingStatus(status)} />;
}

/** Follows a session of an engine. */
function follow(baseUrl: string, token: string, sessionId: string, asked: Asked = {}): void {
  const lucid = createClient({ baseUrl, token });
  render(lucid, <Followed {...asked} lucid={lucid} sessionId={sessionId} />);
}

const onPage = { show, follow };
/** As tests find it on the page's `window`. */
export type OnPage = typeof onPage;
Object.assign(globalThis, { onPage });
