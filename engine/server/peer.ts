// Where a request comes from: its address, and whether that is this machine itself.
import { isIPv6 } from 'node:net';

/** What proxies say about who is behind them, as far as it is logged. */
const forwardedCharsMax = 200;

/** What uWebSockets.js knows about the other end of a connection: 4 or 16 bytes, or none when it is gone. */
type RemoteEnd = { getRemoteAddress(): ArrayBuffer };

const mappedIPv4 = '00000000000000000000ffff';

/** As people write it; an IPv4 address that came over IPv6 as itself. */
export function peerAddressOf(connected: RemoteEnd): string {
  const bytes = Buffer.from(connected.getRemoteAddress());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return '';
  const hex = bytes.toString('hex');
  if (hex.startsWith(mappedIPv4)) return bytes.subarray(12).join('.');
  return new URL(`http://[${hex.match(/.{4}/g)?.join(':')}]`).hostname.slice(1, -1);
}

const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);

/**
 * Whether somebody on this machine asks. A proxy here that says for whom it asks is believed when that is somebody else;
 * one that says nothing can't be told from a program of this machine.
 * @param forwardedFor what proxies have said, separated by commas
 */
export const isLocal = (address: string, forwardedFor: string): boolean =>
  isLoopback(address) && forwardedFor.split(',').every((one) => one.trim() === '' || isLoopback(stripPort(one)));

/** `"[::1]:4711"` as `::1`: what proxies add to an address. */
function stripPort(told: string): string {
  const bare = told.trim().replaceAll('"', '');
  const inBrackets = /^\[([^\]]*)\]/.exec(bare)?.[1];
  if (inBrackets !== undefined) return inBrackets;
  return isIPv6(bare) ? bare : bare.replace(/:\d+$/, '');
}

/** For a log: who is said to be behind a proxy, without what could break or flood a line. */
export const cleanForwardedFor = (forwardedFor: string): string =>
  forwardedFor
    .replace(/^,+/, '')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, forwardedCharsMax);
