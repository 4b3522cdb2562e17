// Where a request comes from: its address, and whether that is this machine itself.
import { isIPv6 } from 'node:net';
import { blockListOf, familyOf, isAddress } from '../../sandbox/outbound/address.ts';

/** Characters of what proxies say that are logged. */
const forwardedCharsMax = 200;

/** The other end of a connection; its address has 4 or 16 bytes, or none once the connection is gone. */
type RemoteEnd = { getRemoteAddress(): ArrayBuffer };

const mappedIPv4 = '00000000000000000000ffff';

/** The address as people write it; an IPv4 address that came over IPv6 is written as IPv4. */
export function peerAddressOf(end: RemoteEnd): string {
  const bytes = Buffer.from(end.getRemoteAddress());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const hex = bytes.toString('hex');
  if (hex.startsWith(mappedIPv4)) return bytes.subarray(12).join('.');
  return new URL(`http://[${hex.match(/.{4}/g)?.join(':')}]`).hostname.slice(1, -1);
}

const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);

/**
 * A proxy on this machine is believed when it says that it asks for somebody elsewhere; one that says nothing can't be told
 * from a program of this machine.
 * @param forwardedFor what proxies have said, separated by commas
 */
export const isLocal = (address: string, forwardedFor: string): boolean =>
  isLoopback(address) && forwardedFor.split(',').every((told) => told.trim() === '' || isLoopback(stripPort(told)));

/** Where an operator's own proxy is: on this machine, or in a private network (RFC 1918, RFC 4193, link-local). */
const privateNetworks = blockListOf([
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['::1', 'fc00::/7', 'fe80::/10'],
]);

/**
 * For whom a proxy asks, which is the last that is said: whoever asks it may have written the rest. Who asks from the
 * internet is no proxy of ours, and may say anything.
 * @returns empty where there is no proxy, or none that is believed
 */
export function nearestClientOf(address: string, forwardedFor: string): string {
  if (!isAddress(address) || !privateNetworks.check(address, familyOf(address))) return '';
  return stripPort(forwardedFor.split(',').at(-1) ?? '').slice(0, forwardedCharsMax);
}

/** Of IPv6 one person has a whole network (/64), so it is that which counts; other text stays as it is. */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const [head = [], tail = []] = new URL(`http://[${bare}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter(Boolean));
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  const isIPv4 = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  return isIPv4 ? address : `${groups.slice(0, 4).join(':')}::`;
}

/** `"[::1]:4711"` becomes `::1`: proxies add quotes, brackets and ports. */
function stripPort(told: string): string {
  const bare = told.trim().replaceAll('"', '');
  const inBrackets = /^\[([^\]]*)\]/.exec(bare)?.[1];
  if (inBrackets !== undefined) return inBrackets;
  return isIPv6(bare) ? bare : bare.replace(/:\d+$/, '');
}

/** What a line of the log may hold of it: visible ASCII, and not too much. */
export const cleanForwardedFor = (forwardedFor: string): string =>
  forwardedFor
    .replace(/^,+/, '')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, forwardedCharsMax);
