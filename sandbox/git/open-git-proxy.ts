// Opens the git proxy for a host's sandboxes, at an address that sandboxes of their kind reach.
import { succeeded } from '../../schema/error.ts';
import type { DaemonConfig, DockerConfig, SandboxConfig } from '../../schema/thread.ts';
import { GitProxy, type GitProxyDependencies, type GrantsGit } from './git-proxy.ts';
import {
  type FindListenAddress,
  findNoAddress,
  makeConfinedAddressFinder,
  makeLoopbackAddress,
  makeSocketPath,
  removeSocketFolder,
} from './listen-address.ts';
import { makeDockerAddressFinder } from './listen-address-docker.ts';
import { findPodAddress } from './listen-address-pods.ts';
import { RelayedAddress } from './listen-address-relayed.ts';
import { PooledGit } from './pooled-git.ts';

export type OpenGitProxy = {
  proxy: GrantsGit;
  /** The socket by which confined local commands reach the git proxy. */
  socketPath: string | undefined;
  close(): Promise<void>;
};

export function openGitProxy(
  sandbox: SandboxConfig,
  dependencies: Pick<GitProxyDependencies, 'allowed' | 'onBug' | 'proxies'>,
): OpenGitProxy {
  if (sandbox.kind === 'docker' && sandbox.daemons)
    return openPooledGit(sandbox.settings, sandbox.daemons, dependencies);
  const socketPath = sandbox.kind === 'local' && sandbox.isConfined ? makeSocketPath() : undefined;
  const relay = sandbox.kind === 'docker' ? openRelayedAddress(sandbox.settings) : undefined;
  const proxy = new GitProxy({ ...dependencies, findListenAddress: chooseAddressFinder(sandbox, socketPath, relay) });
  const close = async () => {
    await proxy.close();
    relay?.close();
    if (socketPath !== undefined) removeSocketFolder(socketPath);
  };
  return { proxy, socketPath, close };
}

/** A proxy for each daemon, on the network of the sandboxes there; a relay is on the engine's own machine alone. */
function openPooledGit(
  settings: DockerConfig,
  daemons: readonly DaemonConfig[],
  dependencies: Pick<GitProxyDependencies, 'allowed' | 'onBug' | 'proxies'>,
): OpenGitProxy {
  const proxies = daemons.map((daemon) => {
    const findListenAddress = makeDockerAddressFinder({ ...settings, daemon });
    return [daemon.name, new GitProxy({ ...dependencies, findListenAddress })] as const;
  });
  const proxy = new PooledGit(new Map(proxies));
  return { proxy, socketPath: undefined, close: () => proxy.close() };
}

const openRelayedAddress = ({ gitRelay }: DockerConfig): RelayedAddress | undefined =>
  gitRelay === undefined ? undefined : new RelayedAddress(gitRelay);

function chooseAddressFinder(
  sandbox: SandboxConfig,
  socketPath: string | undefined,
  relay: RelayedAddress | undefined,
): FindListenAddress {
  if (sandbox.kind === 'docker') return makeDockerAddressFinder(sandbox.settings, undefined, relay);
  if (sandbox.kind === 'kubernetes') return async () => findPodAddress();
  if (socketPath !== undefined) return makeConfinedAddressFinder(socketPath);
  return sandbox.kind === 'local' ? async () => succeeded(makeLoopbackAddress()) : findNoAddress;
}
