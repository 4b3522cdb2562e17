// Chooses where a git proxy listens: where the sandboxes of one kind reach it, and nothing else where that is possible.
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
  /** The git proxy listens at the first address that is this machine's own, for peers of these networks. */
  | { kind: 'address'; addresses: string[]; ports: PortRange; peers: BlockList; isPeerASandbox: boolean }
  /** A socket in the file system; `hostname` is the name by which sandboxes reach it. */
  | { kind: 'socket'; socketPath: string; hostname: string };

/** The first port that is free is taken; 0 is any. */
export type PortRange = { min: number; count: number };

/** The ports that the firewall around containers lets through. */
export const gitProxyPorts: PortRange = { min: limits.gitPortMin, count: limits.gitPortsMax };

export type FindListenAddress = () => Promise<Outcome<ListenAddress>>;

/** Loopback is for sandboxes whose commands run on this machine unconfined. */
export const makeLoopbackAddress = (): ListenAddress => ({
  kind: 'address',
  addresses: ['127.0.0.1'],
  ports: { min: 0, count: 1 },
  peers: blockListOf(['127.0.0.0/8']),
  isPeerASandbox: false,
});

/**
 * The socket lies outside of the workspaces, because a socket's path may have 107 bytes. Its folder's name says which
 * process made it, so that the next start can remove what a killed one has left.
 */
export const makeSocketPath = (): string =>
  path.join(mkdtempSync(path.join(tmpdir(), `${runFolderPrefix()}git-`)), 'git.sock');

export const removeSocketFolder = (socketPath: string): void =>
  rmSync(path.dirname(socketPath), { recursive: true, force: true });

/** The outbound proxy of confined commands hands the git proxy's requests to this socket. */
export const makeConfinedAddressFinder =
  (socketPath: string): FindListenAddress =>
  async () =>
    succeeded({ kind: 'socket', socketPath, hostname: gitProxyHostname });

export const findNoAddress: FindListenAddress = async () =>
  failed('repositoryFailed', 'The in-memory sandbox has no git.');
