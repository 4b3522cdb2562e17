// A run's facts as tests give them.
import { type Boot, type RunLoad, wireVersion } from '../../schema/ownership.ts';

export const testBoot: Boot = { bootId: 'boot', node: 'test', version: '0.0.0', wire: wireVersion, labels: {} };
export const testLoad: RunLoad = { sessions: 0, working: 0, sockets: 0, hosts: 1, fullHosts: 0, sandboxes: 0 };
