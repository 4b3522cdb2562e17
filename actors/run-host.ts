// Runs a host for as long as its thread lives: opens what its sessions need, and shows that it is alive.
import { openGateway } from '../sandbox/git/gateway.ts';
import { openSources } from '../sandbox/open-sources.ts';
import { fetchThroughProxies } from '../sandbox/own-way.ts';
import { limits } from '../schema/limits.ts';
import type { HostData } from '../schema/thread.ts';
import { Host, type HostParts } from './host.ts';
import { VitalSigns } from './vital-signs.ts';

/** Resolves when the host has drained. */
export async function runHost(data: HostData, models: HostParts['models']): Promise<void> {
  const { config } = data;
  const vitalSigns = new VitalSigns(data.vitalSigns);
  vitalSigns.beat();
  const pulse = setInterval(() => vitalSigns.beat(), limits.hostBeatIntervalMs);
  await fetchThroughProxies(config.proxies);
  const git = openGateway(config.sandboxes.agents, {
    allowed: config.gitAllowedHosts,
    proxies: config.proxies,
    onBug: (error) => running.logError('git.bug', error),
  });
  const running: Host = new Host({
    ...data,
    models,
    vitalSigns,
    sandboxes: openSources(config.sandboxes, {
      gatewaySocket: git.socketPath,
      onTrouble: (reason) => running.logError('sandbox.leftBehind', reason),
    }),
    git: git.gateway,
    now: Date.now,
  });
  await running.finished;
  await git.close();
  clearInterval(pulse);
}
