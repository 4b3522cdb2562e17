// The faults of a cluster by their names on the command line, in the order in which they are run and shown.
import type { Fault } from '../fault.ts';
import { engineFaults } from './faults/engines.ts';
import { installationFaults } from './faults/installations.ts';
import { natsFaults } from './faults/nats-servers.ts';
import { networkFaults } from './faults/networks.ts';

export const clusterFaults: Record<string, Fault> = {
  ...engineFaults,
  ...natsFaults,
  ...networkFaults,
  ...installationFaults,
};
