// Opens the engine's way to the others of its cluster. The engine loads this file, and with it NATS, only where CLUSTER_URL
// is set.
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { Bus } from './bus.ts';
import { Cluster, type ClusterDependencies } from './cluster.ts';
import { openNatsWire } from './nats-wire.ts';

export type ClusterDoor = {
  build(dependencies: Omit<ClusterDependencies, 'bus' | 'log'>): Cluster;
  close(): Promise<void>;
};

/** @param bootId this life of the process */
export function openCluster(
  { CLUSTER_URL: urls = [], CLUSTER_NAME, CLUSTER_CREDENTIALS, CLUSTER_CA }: Config,
  bootId: string,
  log: Log,
): ClusterDoor {
  const settings = { urls, credentials: CLUSTER_CREDENTIALS, ca: CLUSTER_CA, name: bootId };
  const wire = openNatsWire(settings, (reason) => log.warn('cluster.awaited', { reason }));
  const bus = new Bus({ wire, cluster: CLUSTER_NAME, bootId, now: Date.now });
  return { build: (dependencies) => new Cluster({ ...dependencies, bus, log }), close: () => bus.close() };
}
