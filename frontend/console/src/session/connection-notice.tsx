// Says that the connection was lost and comes back, and what was missed, in one line above the conversation.
import { CloudOff, History, X } from 'lucide-react';
import { useState } from 'react';
import type { SessionView } from '../lucid.ts';
import { IconButton } from '../ui/button.tsx';
import { useIsOnline } from '../ui/use-is-online.ts';

type ConnectionNoticeProps = Pick<SessionView, 'connection' | 'problem' | 'gap' | 'missed'>;

const gapWords = {
  notRecovered: 'The record was restored from an earlier state: everything is shown anew.',
  missing: 'Some events are missing from the record.',
};

export function ConnectionNotice({ connection, problem, gap, missed }: ConnectionNoticeProps) {
  const [read, markRead] = useState<typeof missed>(null);
  const isOnline = useIsOnline();
  const isLost = !isOnline || connection === 'waiting' || (connection === 'connecting' && problem !== null);
  return (
    <div role="status" className="grid">
      {isLost && (
        <p className="flex items-center gap-2 bg-warn-soft px-4 py-1.5 text-sm text-warn">
          <CloudOff className="size-4 shrink-0" aria-hidden="true" />
          {isOnline ? 'The connection was lost, coming back.' : 'You are offline.'} Nothing that happens meanwhile is
          missed.
        </p>
      )}
      {connection === 'failed' && problem && (
        <p className="bg-bad-soft px-4 py-1.5 text-sm text-bad">The session can’t be followed: {problem.message}</p>
      )}
      {missed && missed !== read && !isLost && (
        <p className="flex items-center gap-2 bg-info-soft px-4 text-sm text-info">
          <History className="size-4 shrink-0" aria-hidden="true" />
          {countWords(missed.toSequence - missed.fromSequence + 1)} while the connection was lost, marked at the side.
          <IconButton label="Close this notice" className="ml-auto" onClick={() => markRead(missed)}>
            <X className="size-4" aria-hidden="true" />
          </IconButton>
        </p>
      )}
      {gap && (
        <p className="flex items-center gap-2 bg-info-soft px-4 py-1.5 text-sm text-info">
          <History className="size-4 shrink-0" aria-hidden="true" />
          {gapWords[gap.reason]}
        </p>
      )}
    </div>
  );
}

const countWords = (count: number): string => (count === 1 ? 'One event came' : `${count} events came`);
