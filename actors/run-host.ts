// Runs a host for as long as its thread lives: opens what its sessions need, and shows that it is alive.
import { openGitProxy } from '../sandbox/git/git-proxy.ts';
import { openSources } from '../sandbox/open-sources.ts';
import { routeFetchThroughProxies } from '../sandbox/outbound/engine-proxies.ts';
import { limits } from '../schema/limits.ts';
import type { HostData } from '../schema/thread.ts';
import { Host, type HostDependencies } from './host.ts';
import { HostStatus } from './host-status.ts';

/** Resolves when the host has drained. */
export async function runHost(data: HostData, models: HostDependencies['models']): Promise<void> {
  const { config } = data;
  const vitalSigns = new HostStatus(data.hostStatus);
  vitalSigns.beat();
  const pulse = setInterval(() => vitalSigns.beat(), limits.hostBeatIntervalMs);
  await routeFetchThroughProxies(config.proxies);
  const git = openGitProxy(config.sandboxes.agents, {
    allowed: config.gitAllowedHosts,
    proxies: config.proxies,
    onBug: (error) => running.logError('git.bug', error),
  });
  const running: Host = new Host({
    ...data,
    models,
    hostStatus: vitalSigns,
    sandboxes: openSources(config.sandboxes, {
      gitProxySocket: git.socketPath,
      onTrouble: (reason) => running.logError('sandbox.leftBehind', reason),
    }),
    git: git.proxy,
    now: Date.now,
  });
  await running.finished;
  await git.close();
  clearInterval(pulse);
}
