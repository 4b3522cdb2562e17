// Makes the engine's part in a cluster. The engine loads this file, and with it NATS, only where CLUSTER_URL is set.

import type { Config } from '../config.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import { Bus } from './bus.ts';
import { Cluster, type ClusterDependencies } from './cluster.ts';
import { countWire } from './counted-wire.ts';
import { createNatsWire } from './nats-wire.ts';
import { SameSecrets } from './same-secrets.ts';

type Given = Omit<ClusterDependencies, 'bus' | 'wireCounts' | 'sameSecrets'> & {
  config: Config;
  /** This life of the process, which is its address on the bus. */
  bootId: string;
  queries: ReadQueries & WriteQueries;
};

export function createCluster({ config, bootId, queries, ...dependencies }: Given): Cluster {
  const { CLUSTER_URL: urls = [], CLUSTER_NAME: cluster, CLUSTER_CREDENTIALS, CLUSTER_CA } = config;
  const settings = { urls, credentials: CLUSTER_CREDENTIALS, ca: CLUSTER_CA, name: bootId };
  const wire = createNatsWire(settings, (reason) => dependencies.log.warn('cluster.awaited', { reason }));
  const counted = countWire(wire);
  const bus = new Bus({ wire: counted.wire, cluster, bootId, now: Date.now });
  const { counts } = counted;
  return new Cluster({
    ...dependencies,
    queries,
    bus,
    wireCounts: counts,
    sameSecrets: new SameSecrets(queries, config),
  });
}
