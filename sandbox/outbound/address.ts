// Tells which IP addresses belong to the public internet: all that a user's URL may lead to unless the operator opens more.
import { BlockList, isIP } from 'node:net';

/** The networks that RFC 6890 and its registry (iana.org, special-purpose addresses) reserve, and multicast. */
export const reservedV4Ranges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure gives its machines their secrets at this address, though it is of the public internet.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** All addresses that are given out to hosts of the internet; loopback, link-local, mapped and multicast lie outside. */
export const globalV6Range = '2000::/3';
/** Reserved within `globalV6Range`: protocol assignments and Teredo, documentation, and 6to4, which carries an IPv4 address. */
export const reservedV6Ranges = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;
/** A network without IPv4 reaches the IPv4 internet by these addresses (RFC 6052), whose last 32 bits count. */
export const translatedV4Range = '64:ff9b::/96';

/** Writes an IPv4 network as a part of `translatedV4Range`. */
export function translateRange(range: string): string {
  const [base = '', prefix] = range.split('/');
  const [a = 0, b = 0, c = 0, d = 0] = base.split('.').map(Number);
  const groups = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16));
  return `64:ff9b::${groups.join(':')}/${96 + Number(prefix)}`;
}

/** Whether the text is an IP address at all; one with a zone, such as `fe80::1%eth0`, is none. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

export const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Whether the text is an address, or a network written as one with the number of its leading bits that count. */
export function isRange(text: string): boolean {
  const [base = '', prefix, ...more] = text.split('/');
  const bits = familyOf(base) === 'ipv6' ? 128 : 32;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return more.length === 0 && isAddress(base) && isPrefix;
}

/** @param range an address, or a network such as `10.0.0.0/8`; an address of the other family is never in it */
export function isInRange(text: string, range: string): boolean {
  const [base = ''] = range.split('/');
  return isAddress(text) && familyOf(text) === familyOf(base) && blockListOf([range]).check(text, familyOf(text));
}

/** @param ranges such as `172.18.0.0/16`, or addresses; what is neither is left out */
export function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.filter(isRange)) {
    const [address = '', bits] = range.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

const publicV6 = blockListOf([globalV6Range, translatedV4Range]);
const reserved = blockListOf([...reservedV4Ranges, ...reservedV4Ranges.map(translateRange), ...reservedV6Ranges]);

/** @param text as resolvers and `URL` write addresses, without brackets; what isn't one is not public */
export function isPublicAddress(text: string): boolean {
  if (!isAddress(text) || reserved.check(text, familyOf(text))) return false;
  return familyOf(text) === 'ipv4' || publicV6.check(text, 'ipv6');
}

/**
 * Whether a sandbox of any driver may connect to an address: it may to the public internet, and to nothing of the machine,
 * of private networks or of clouds' metadata.
 * @param own the machine's addresses, of which some may be public
 */
export function mayBeReached(text: string, own: readonly string[]): boolean {
  return isPublicAddress(text) && !blockListOf(own).check(text, familyOf(text));
}
