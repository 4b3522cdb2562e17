// How much this engine has to do, as its beats tell the others.
import { freemem } from 'node:os';
import type { RunLoad } from '../../schema/ownership.ts';
import type { Metrics } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Directory } from '../sessions/directory.ts';
import type { Sessions } from '../sessions/sessions.ts';

export type RunLoadDependencies = {
  directory: Pick<Directory, 'ownSize' | 'countQueued'>;
  supervisor: Pick<Supervisor, 'links' | 'getWorking'>;
  metrics: Pick<Metrics, 'sockets'>;
  sandboxes: Pick<Sandboxes, 'held' | 'places'>;
  sessions: Pick<Sessions, 'isDrainAsked' | 'isDraining'>;
  cluster:
    | {
        readonly reach: number;
        readonly loopDelay: { readonly atMostMs: number };
        readonly balancing: { readonly resting: number | undefined };
      }
    | undefined;
};

/** Whether it takes sessions, as of now. */
export type RunRoom = Required<Pick<RunLoad, 'fullHosts' | 'takesSessions'>>;

export const describeRunRoom = ({
  supervisor,
  sessions,
}: Pick<RunLoadDependencies, 'supervisor' | 'sessions'>): RunRoom => ({
  fullHosts: supervisor.links.filter(({ isFull }) => isFull).length,
  takesSessions: !sessions.isDrainAsked && !sessions.isDraining,
});

export const describeRunLoad = (dependencies: RunLoadDependencies): RunLoad => {
  const { directory, supervisor, metrics, sandboxes, cluster } = dependencies;
  const { links } = supervisor;
  return {
    sessions: directory.ownSize,
    working: links.keys().reduce((sum, host) => sum + supervisor.getWorking(host).size, 0),
    sockets: metrics.sockets,
    hosts: links.length,
    ...describeRunRoom(dependencies),
    sandboxes: sandboxes.held,
    queued: directory.countQueued(),
    freeBytes: freemem(),
    ...(cluster && {
      reach: cluster.reach,
      loopDelayMs: cluster.loopDelay.atMostMs,
      resting: cluster.balancing.resting,
      places: sandboxes.places,
    }),
  };
};
