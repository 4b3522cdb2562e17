// Where a git proxy listens: reached by the sandboxes of one kind, and by nothing else where that is possible.
import { mkdtempSync, rmSync } from 'node:fs';
import type { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { gitProxyHostname } from '../local/confinement.ts';
import { runFolderPrefix } from '../local/leftovers.ts';
import { blockListOf } from '../outbound/address.ts';

export type ListenAddress =
  /** Addresses of which the first that is this machine's own is listened on, for peers of these networks. */
  | { kind: 'address'; addresses: string[]; ports: PortRange; peers: BlockList; isPeerASandbox: boolean }
  /** A socket in the file system, and the name under which sandboxes reach it. */
  | { kind: 'socket'; socketPath: string; hostname: string };

/** The first port that is free is taken; 0 is any. */
export type PortRange = { min: number; count: number };

/** The ports that the firewall around containers lets through. */
export const gitProxyPorts: PortRange = { min: limits.gitPortMin, count: limits.gitPortsMax };

export type FindListenAddress = () => Promise<Outcome<ListenAddress>>;

/** For sandboxes that run commands on this machine without any confinement. */
export const loopbackAddress = (): ListenAddress => {
  return {
    kind: 'address',
    addresses: ['127.0.0.1'],
    ports: { min: 0, count: 1 },
    peers: blockListOf(['127.0.0.0/8']),
    isPeerASandbox: false,
  };
};

/**
 * A socket's path may have 107 bytes, so it is not below the workspaces, which may lie deep. Its folder says which process
 * made it: where that is killed, the next start removes it.
 */
export const makeSocketPath = (): string =>
  path.join(mkdtempSync(path.join(tmpdir(), `${runFolderPrefix()}git-`)), 'git.sock');

export const removeSocketFolder = (socketPath: string): void =>
  rmSync(path.dirname(socketPath), { recursive: true, force: true });

/** The outbound proxy of confined commands hands what is for the git proxy to its socket. */
export const confinedAddressFinder =
  (socketPath: string): FindListenAddress =>
  async () =>
    succeeded({ kind: 'socket', socketPath, hostname: gitProxyHostname });

export const noAddressFinder: FindListenAddress = async () =>
  failed('repositoryFailed', 'The in-memory sandbox has no git.');
