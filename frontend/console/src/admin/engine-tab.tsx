// How this engine is: whether it is ready, what waits, its threads, sandboxes and storage, and the other engines.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useLucid } from '../lucid.ts';
import { Badge } from '../ui/badge.tsx';
import { Failure } from '../ui/failure.tsx';
import { formatAge, formatCount, formatDuration } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { type EngineReport, engineKey } from './admin-queries.ts';
import { DrainControl } from './drain-control.tsx';
import { HostTable, ThreadTable } from './engine-tables.tsx';
import { EnginesPart } from './engines-part.tsx';

const readIntervalMs = 5_000;

export function EngineTab() {
  const lucid = useLucid();
  const { data, error, refetch } = useQuery({
    queryKey: engineKey,
    queryFn: ({ signal }) => lucid.admin.engine({ signal }),
    refetchInterval: readIntervalMs,
  });
  return (
    <div className="grid gap-6">
      {error && <Failure error={error} doing="Reading how the engine is" retry={() => void refetch()} />}
      {data && <Report engine={data} />}
    </div>
  );
}

function Report({ engine }: { engine: EngineReport }) {
  const { hosts, threads, sandboxes, storage } = engine;
  const sum = (of: 'working' | 'mailboxCommands' | 'uncommittedWrites') =>
    hosts.reduce((all, host) => all + host[of], 0);
  return (
    <>
      <Standing engine={engine} />
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
        <Figure
          name="Sessions"
          value={formatCount(engine.sessions)}
          more={`here or followed, ${formatCount(sum('working'))} at work`}
        />
        <Figure name="Connections" value={formatCount(engine.sockets)} more="sockets and streams" />
        <Figure name="Sandboxes" value={formatCount(sandboxes.held)} more={`${sandboxes.warm} warm`} />
        <Figure name="Queue" value={formatCount(sandboxes.waiting)} more="wait for a sandbox" />
        <Figure name="Commands" value={formatCount(sum('mailboxCommands'))} more="wait in mailboxes" />
        <Figure
          name="Writes"
          value={formatCount(storage.waitingWrites + sum('uncommittedWrites'))}
          more="wait for PostgreSQL"
        />
      </dl>
      <Part title="Hosts" about="Worker threads, each with its own sessions.">
        <HostTable hosts={hosts} />
      </Part>
      <Part title="Event loop delay" about="Of the last half minute or more. Above 100 ms people feel it.">
        <ThreadTable threads={threads} />
      </Part>
      <Part
        title="Engines on this database"
        about="As their beats say, of one a second. Live sessions are an engine’s own, without those that it follows."
      >
        <EnginesPart />
      </Part>
    </>
  );
}

function Standing({ engine }: { engine: EngineReport }) {
  const nowMs = useNow(10_000);
  const { version, node, mode, model, startedAt, isReady, isDraining, problem, sandboxes, storage } = engine;
  return (
    <section className="grid gap-3 rounded-md border border-line bg-surface p-4" aria-labelledby="standing">
      <div className="flex flex-wrap items-center gap-2">
        <h2 id="standing" className="text-lg font-semibold">
          Lucid Engine {version}
        </h2>
        <Badge tone={isReady ? 'good' : 'bad'}>{isReady ? 'ready' : 'not ready'}</Badge>
        {isDraining && <Badge tone="warn">draining</Badge>}
        <Badge tone={storage.isAvailable ? 'good' : 'bad'}>
          {storage.isAvailable ? 'storage available' : 'storage away'}
        </Badge>
        <div className="ml-auto">
          <DrainControl isDraining={isDraining} />
        </div>
      </div>
      {[problem, storage.problem, sandboxes.problem]
        .filter((sentence, at, all) => sentence !== null && all.indexOf(sentence) === at)
        .map((sentence) => (
          <p key={sentence} className="text-sm text-bad">
            {sentence}
          </p>
        ))}
      <p className="text-sm text-muted">
        Up for {formatDuration(Math.max(0, nowMs - Date.parse(startedAt)))}, started {formatAge(startedAt, nowMs)}. Mode{' '}
        {mode}, {model} by default, commands run in: {sandboxes.kind}. Node {node}.
      </p>
    </section>
  );
}

const Figure = ({ name, value, more }: { name: string; value: string; more: string }) => (
  <div className="grid gap-0.5 rounded-md border border-line bg-surface p-3">
    <dt className="text-sm text-muted">{name}</dt>
    <dd className="text-xl font-semibold tabular-nums">{value}</dd>
    <dd className="text-xs text-muted">{more}</dd>
  </div>
);

const Part = ({ title, about, children }: { title: string; about: string; children: ReactNode }) => (
  <section className="grid gap-2">
    <div>
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="text-sm text-muted">{about}</p>
    </div>
    {children}
  </section>
);
