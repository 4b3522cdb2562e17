// Where a gateway is reached: by the sandboxes of one kind, and by nothing else where that can be had.
import { mkdtempSync, rmSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { isRange } from '../../schema/rules/address.ts';
import { gitProxyHostname } from '../local/confinement.ts';
import { runFolderPrefix } from '../local/leftovers.ts';

export type ListenAddress =
  /** Addresses of which the first that is this machine's own is listened on, for peers of these networks. */
  | { kind: 'address'; addresses: string[]; ports: PortRange; peers: BlockList; isPeerASandbox: boolean }
  /** A socket in the file system, and the name under which sandboxes reach it. */
  | { kind: 'socket'; socketPath: string; hostname: string };

/** Of which the first that is free is taken; 0 is any. */
export type PortRange = { min: number; count: number };

/** What a firewall around sandboxes lets through. */
export const gitProxyPorts: PortRange = { min: limits.gitPortMin, count: limits.gitPortsMax };

export type FindListenAddress = () => Promise<Outcome<ListenAddress>>;

/** Sandboxes that run commands on this machine as they are. */
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
  path.join(mkdtempSync(path.join(tmpdir(), `${runFolderPrefix()}git-`)), 'gateway.sock');

export const removeSocketFolder = (socketPath: string): void =>
  rmSync(path.dirname(socketPath), { recursive: true, force: true });

/** The proxy of confined commands' network hands what is for the gateway to its socket. */
export const confinedAddressFinder =
  (socketPath: string): FindListenAddress =>
  async () =>
    succeeded({ kind: 'socket', socketPath, hostname: gitProxyHostname });

export const noAddressFinder: FindListenAddress = async () =>
  failed('repositoryFailed', 'The in-memory sandbox has no git.');

/** @param ranges such as `172.18.0.0/16`, or addresses; what is neither is left out */
export function blockListOf(ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    if (!isRange(range)) continue;
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

export const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
