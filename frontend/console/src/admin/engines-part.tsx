// All engines on the database, whichever answers: what each has to do, all of them together, and the drain of any.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLucid } from '../lucid.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { formatAge, formatCount } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import { useToast } from '../ui/toast.tsx';
import { useNow } from '../ui/use-now.ts';
import { type AllEngines, enginesKey, readAskedEngines } from './admin-queries.ts';
import { DrainDialog } from './drain-control.tsx';

const readIntervalMs = 5_000;

type Engine = AllEngines['engines'][number];

export function EnginesPart() {
  const lucid = useLucid();
  const { data, error, refetch } = useQuery({
    queryKey: enginesKey,
    queryFn: ({ signal }) => lucid.admin.engines({ signal }),
    refetchInterval: readIntervalMs,
  });
  return (
    <>
      {error && <Failure error={error} doing="Reading which engines there are" retry={() => void refetch()} />}
      {data && <Together total={data.total} />}
      {data && <EngineTable engines={data.engines} />}
    </>
  );
}

const Together = ({ total }: { total: AllEngines['total'] }) => (
  <p className="text-sm">
    {total.engines === 1 ? 'One engine has' : `${formatCount(total.engines)} engines have`}{' '}
    {formatCount(total.liveSessions)} live sessions, {formatCount(total.working)} of them at work,{' '}
    {formatCount(total.sockets)} connections and {formatCount(total.sandboxes)} sandboxes.{' '}
    {total.versions.length > 1 && <Badge tone="warn">{`versions ${total.versions.join(', ')}`}</Badge>}
  </p>
);

function EngineTable({ engines }: { engines: readonly Engine[] }) {
  const nowMs = useNow(5_000);
  const loadOf = (of: 'working' | 'sockets' | 'sandboxes') => ({
    isFigure: true,
    show: ({ load }: Engine) => (load === null ? '–' : formatCount(load[of])),
  });
  return (
    <Table
      label="Engines on this database"
      rows={engines}
      keyOf={({ runId }) => runId}
      columns={[
        {
          title: 'Engine',
          show: ({ runId, node, isThis }) => (
            <span className="flex flex-wrap items-center gap-2" title={runId}>
              {node ?? <code className="font-mono text-xs">{runId}</code>}
              {isThis && <Badge tone="accent">this one</Badge>}
            </span>
          ),
        },
        { title: 'State', show: (engine) => <StateOf {...engine} /> },
        { title: 'Labels', show: ({ labels }) => <LabelsOf labels={labels} /> },
        { title: 'Version', show: ({ version }) => version ?? '–' },
        { title: 'Live sessions', isFigure: true, show: ({ liveSessions }) => formatCount(liveSessions) },
        { title: 'At work', ...loadOf('working') },
        { title: 'Connections', ...loadOf('sockets') },
        { title: 'Sandboxes', ...loadOf('sandboxes') },
        { title: 'Last beat', show: ({ beatAt }) => (beatAt === null ? '–' : formatAge(beatAt, nowMs)) },
        { title: 'Drain', show: (engine) => <DrainOf {...engine} /> },
      ]}
    />
  );
}

const LabelsOf = ({ labels }: Pick<Engine, 'labels'>) => (
  <span className="flex flex-wrap gap-1">
    {Object.entries(labels).map(([name, value]) => (
      <Badge key={name}>{`${name}=${value}`}</Badge>
    ))}
    {Object.keys(labels).length === 0 && '–'}
  </span>
);

function StateOf({ state, isSilent, beatAt }: Engine) {
  if (isSilent) return <Badge tone="bad">silent</Badge>;
  if (beatAt === null) return <Badge>{state}</Badge>;
  if (state === 'open') return <Badge tone="good">open</Badge>;
  return <Badge tone={state === 'draining' ? 'warn' : 'bad'}>{state}</Badge>;
}

/** For the others: this one has its own above. */
function DrainOf({ runId, node, isThis, state, beatAt }: Engine) {
  const lucid = useLucid();
  const client = useQueryClient();
  const show = useToast();
  const [isAsking, setAsking] = useState(false);
  const name = node ?? runId;
  const cancel = useMutation({
    mutationFn: () => lucid.admin.undrainEngine(runId),
    onSuccess: () => show(`${name} takes new sessions again in a moment.`),
    onError: (error) => show(`Taking the drain back failed: ${error.message}`, true),
    onSettled: () => readAskedEngines(client),
  });
  if (isThis || beatAt === null) return null;
  if (state === 'draining')
    return (
      <Button onClick={() => cancel.mutate()} disabled={cancel.isPending}>
        Take {name} back
      </Button>
    );
  return (
    <>
      <Button tone="danger" onClick={() => setAsking(true)}>
        Drain {name}…
      </Button>
      {isAsking && <DrainDialog engine={{ runId, name }} onClose={() => setAsking(false)} />}
    </>
  );
}
