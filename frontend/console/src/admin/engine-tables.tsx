// The engine's hosts and threads as tables.
import { Badge } from '../ui/badge.tsx';
import { formatCount } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import type { EngineReport } from './admin-queries.ts';

type Host = EngineReport['hosts'][number];
type Thread = EngineReport['threads'][number];

export const HostTable = ({ hosts }: { hosts: readonly Host[] }) => (
  <Table
    label="Hosts"
    rows={hosts}
    keyOf={({ host }) => String(host)}
    columns={[
      {
        title: 'Host',
        show: ({ host, isAway }) => (
          <>
            {host} {isAway && <Badge tone="bad">does not answer</Badge>}
          </>
        ),
      },
      { title: 'Sessions', isFigure: true, show: ({ sessions }) => formatCount(sessions) },
      { title: 'At work', isFigure: true, show: ({ working }) => formatCount(working) },
      { title: 'Commands', isFigure: true, show: ({ mailboxCommands }) => formatCount(mailboxCommands) },
      { title: 'Writes', isFigure: true, show: ({ uncommittedWrites }) => formatCount(uncommittedWrites) },
    ]}
  />
);

/** From here on the delay of a thread is felt, and from there on it is a fault. */
const slowMs = 100;
const blockedMs = 250;

export const ThreadTable = ({ threads }: { threads: readonly Thread[] }) => (
  <Table
    label="Event loop delay of threads"
    rows={threads}
    keyOf={({ thread }) => thread}
    columns={[
      { title: 'Thread', show: ({ thread }) => (thread === 'gateway' ? 'main thread' : thread.replace('-', ' ')) },
      { title: 'Half are below', isFigure: true, show: ({ delayP50Ms }) => `${delayP50Ms.toFixed(1)} ms` },
      { title: '99 of 100 are below', isFigure: true, show: ({ delayP99Ms }) => `${delayP99Ms.toFixed(1)} ms` },
      {
        title: 'Standing',
        show: ({ delayP99Ms }) => {
          if (delayP99Ms < slowMs) return <Badge tone="good">quick</Badge>;
          return delayP99Ms < blockedMs ? <Badge tone="warn">slow</Badge> : <Badge tone="bad">blocked</Badge>;
        },
      },
    ]}
  />
);
