// Finds where a git proxy listens for Pods: at the engine's own address, which its Pod or machine has on the cluster's network.
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { blockListOf } from '../outbound/address.ts';
import { gitProxyPorts, type ListenAddress } from './listen-address.ts';

/**
 * Pods have addresses of private networks; which of these are sandboxes' a NetworkPolicy says, and a grant's URL can't be
 * guessed.
 */
const podNetworks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];

export function findPodAddress(interfaces = networkInterfaces()): Outcome<ListenAddress> {
  const own = Object.values(interfaces).flatMap((infos = []) =>
    infos.flatMap(({ address, internal }) => (internal || address.startsWith('fe80:') ? [] : address)),
  );
  const addresses = own.toSorted((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)));
  if (addresses.length === 0) return failed('sandboxFailed', 'This machine has no address that Pods could reach.');
  const peers = blockListOf(podNetworks);
  return succeeded({ kind: 'address', addresses, ports: gitProxyPorts, peers, isPeerASandbox: true });
}
