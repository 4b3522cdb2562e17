// Where confined commands may connect to: anywhere but this machine itself, where the engine and its database listen.
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Loopback, "this host", and link-local, where clouds tell machines their secrets. */
const own = new BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
] as const)
  own.addSubnet(network, prefix, 'ipv4');
own.addAddress('::1', 'ipv6');
own.addAddress('::', 'ipv6');
own.addSubnet('fe80::', 10, 'ipv6');

/**
 * Judges an address in any spelling that a resolver takes. Names pass but for localhost: what confines commands refuses
 * those that lead to this machine when it resolves them.
 * @param addresses of this machine's interfaces, now
 */
export function mayBeReached(host: string, addresses: readonly string[] = interfaceAddresses()): boolean {
  const url = URL.parse(`http://${host.includes(':') ? `[${host.replace(/%.*$/, '')}]` : host}/`);
  if (!url) return false;
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(name);
  if (family === 0) return !/(^|\.)localhost\.?$/.test(name);
  return !own.check(name, family === 6 ? 'ipv6' : 'ipv4') && !addresses.includes(name);
}

const interfaceAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
