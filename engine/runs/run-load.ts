// How much this engine has to do, as its beats tell the others.
import type { RunLoad } from '../../schema/ownership.ts';
import type { Metrics } from '../metrics.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Directory } from '../sessions/directory.ts';

export type RunLoadDependencies = {
  directory: Pick<Directory, 'ownSize'>;
  supervisor: Pick<Supervisor, 'links' | 'getWorking'>;
  metrics: Pick<Metrics, 'sockets'>;
  sandboxes: Pick<Sandboxes, 'held'>;
  cluster: { readonly reach: number } | undefined;
};

export const describeRunLoad = ({
  directory,
  supervisor,
  metrics,
  sandboxes,
  cluster,
}: RunLoadDependencies): RunLoad => {
  const { links } = supervisor;
  return {
    sessions: directory.ownSize,
    working: links.keys().reduce((sum, host) => sum + supervisor.getWorking(host).size, 0),
    sockets: metrics.sockets,
    hosts: links.length,
    fullHosts: links.filter(({ isFull }) => isFull).length,
    sandboxes: sandboxes.held,
    reach: cluster?.reach,
  };
};
