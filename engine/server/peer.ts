// Where a request comes from: its address, and whether that is this machine itself.
import { isIPv6 } from 'node:net';

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
