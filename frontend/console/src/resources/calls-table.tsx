// What each call took, the longest first; each leads to its place in the conversation.
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { SessionEvent } from '../lucid.ts';
import { CallEnd } from '../timeline/cards/call-state.tsx';
import { ItemBuilder } from '../timeline/items/build-items.ts';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { formatDuration } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import { listCalls, type TimedCall } from './list-calls.ts';

/** The longest tell where time went. */
const shownMax = 50;
const nameCharsMax = 200;

type CallsTableProps = { sessionId: string; events: readonly SessionEvent[] };

export function CallsTable({ sessionId, events }: CallsTableProps) {
  const builder = useMemo(() => new ItemBuilder(), []);
  const calls = useMemo(() => listCalls(builder.take(events)), [builder, events]);
  if (calls.length === 0)
    return (
      <EmptyState title="No call yet">
        What the agent runs, reads and writes is listed here with the time that it took.
      </EmptyState>
    );
  const sumMs = calls.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0);
  return (
    <div className="grid gap-2">
      <p className="text-sm text-muted">
        {calls.length === 1 ? '1 call' : `${calls.length} calls`}, {formatDuration(sumMs)} in all
        {calls.length > shownMax && `; the ${shownMax} longest are shown`}.
      </p>
      <Table
        label="Calls by the time that they took"
        columns={[
          { title: 'Call', show: (call) => <CallLink sessionId={sessionId} call={call} /> },
          {
            title: 'Took',
            isFigure: true,
            show: ({ state, at, durationMs }) => (
              <div className="flex">
                <CallEnd {...{ state, at, durationMs }} />
              </div>
            ),
          },
        ]}
        rows={calls.slice(0, shownMax)}
        keyOf={({ sequence }) => String(sequence)}
      />
    </div>
  );
}

const CallLink = ({ sessionId, call: { sequence, name } }: { sessionId: string; call: TimedCall }) => (
  <Link
    to="/sessions/$sessionId"
    params={{ sessionId }}
    search={{ event: sequence }}
    className="line-clamp-2 font-mono text-xs text-text hover:text-accent hover:underline"
  >
    <DeceptiveText text={name.length > nameCharsMax ? `${name.slice(0, nameCharsMax)}…` : name} />
  </Link>
);
