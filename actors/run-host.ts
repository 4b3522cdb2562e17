// Runs a host for as long as its thread lives: opens what its sessions need, and shows that its event loop turns.
import { openGitProxy } from '../sandbox/git/open-git-proxy.ts';
import { openSources } from '../sandbox/open-sources.ts';
import { routeFetchThroughProxies } from '../sandbox/outbound/engine-proxies.ts';
import { openSnapshotsOf } from '../sandbox/snapshot/snapshot-archive.ts';
import type { HostData } from '../schema/thread.ts';
import { Host, type HostDependencies } from './host.ts';
import { HostStatus } from './host-status.ts';
import { MainLink } from './main-link.ts';

/** How often a host shows that its event loop turns. */
const hostBeatIntervalMs = 500;

/** Resolves when the host has drained. */
export async function runHost(data: HostData, models: HostDependencies['models']): Promise<void> {
  const { config } = data;
  const hostStatus = new HostStatus(data.hostStatus);
  hostStatus.beat();
  const heartbeat = setInterval(() => hostStatus.beat(), hostBeatIntervalMs);
  await routeFetchThroughProxies(config.proxies);
  const mainLink = new MainLink(data.mainThread);
  const git = openGitProxy(config.sandboxes.agents, {
    allowed: config.gitAllowedHosts,
    proxies: config.proxies,
    onBug: (error) => mainLink.logError('git.bug', error),
  });
  const sandboxes = openSources(config.sandboxes, {
    gitProxySocket: git.socketPath,
    onTrouble: (reason) => mainLink.logError('sandbox.leftBehind', reason),
  });
  const { host, persistence } = data;
  const running = new Host({
    host,
    persistence,
    config,
    mainLink,
    models,
    hostStatus,
    sandboxes,
    openSnapshots: openSnapshotsOf(config.workspaceStore),
    git: git.proxy,
    now: Date.now,
  });
  running.start();
  await running.finished;
  await git.close();
  clearInterval(heartbeat);
}
