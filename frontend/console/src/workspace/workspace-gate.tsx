// Shows a part of the workspace, unless its session has ended, or sleeps and would be woken without need.
import { type ReactNode, useEffect, useState } from 'react';
import { ownLucid, type SessionState, useLucid } from '../lucid.ts';
import { hasEnded } from '../session/status.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { isAtRest } from './is-at-rest.ts';
import { Resting } from './looking-failure.tsx';

/** How a session stands, as far as its workspace is concerned; `lastEventAt` is null where nothing has happened yet. */
export type Standing = { state: SessionState; lastEventAt: string | null };

type WorkspaceGateProps = {
  sessionId: string;
  /** Absent until it is known. */
  standing: Standing | undefined;
  /** What looking shows, such as “its files”. */
  what: string;
  children: ReactNode;
};

/** Sessions whose workspace was looked at from this page: what is shown stays. */
const seen = new Set<string>();

export function WorkspaceGate({ sessionId, standing, what, children }: WorkspaceGateProps) {
  const [isWoken, setWoken] = useState(false);
  const isOwn = useLucid() === ownLucid; // Who watches by a share wakes nothing.
  const isOpen =
    standing !== undefined &&
    !hasEnded(standing.state) &&
    (isWoken || seen.has(sessionId) || !isAtRest(standing.state, standing.lastEventAt, Date.now()));
  useEffect(() => {
    if (isOpen) seen.add(sessionId);
  }, [isOpen, sessionId]);
  if (isOpen) return children;
  if (!standing) return null;
  if (hasEnded(standing.state))
    return (
      <EmptyState title="The session has ended, and its workspace is gone">
        What was done is still in the conversation.
      </EmptyState>
    );
  if (!isOwn) return <Resting />;
  return (
    <EmptyState title="The session is at rest">
      <div className="grid justify-items-center gap-3">
        <p>Looking at {what} wakes its sandbox, which takes some seconds.</p>
        <Button tone="primary" onClick={() => setWoken(true)}>
          Wake it and look
        </Button>
      </div>
    </EmptyState>
  );
}
