// Which IP addresses belong to the public internet: all that a user's URL may lead to unless the operator says otherwise.

/** What RFC 6890 and its registry (iana.org, special-purpose addresses) set aside, and multicast. */
export const reservedV4Ranges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure gives its machines their secrets at this one, though it is of the public internet.
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

/** All that was ever given out for hosts of the internet; loopback, link-local, mapped and multicast lie outside. */
export const globalV6Range = '2000::/3';
/** Within it: protocol assignments and Teredo, documentation, and 6to4, which carries an IPv4 address. */
export const reservedV6Ranges = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;
/** Where a network without IPv4 puts the IPv4 internet (RFC 6052): the last 32 bits count. */
export const translatedV4Range = '64:ff9b::/96';

const reservedV4 = reservedV4Ranges.map((range) => rangeOf(range, 32));
const globalV6 = rangeOf(globalV6Range, 128);
const reservedV6 = reservedV6Ranges.map((range) => rangeOf(range, 128));
const translatedV4 = rangeOf(translatedV4Range, 128);

type Range = { first: bigint; hostBits: bigint };

function rangeOf(text: string, bits: number): Range {
  const [base = '', prefix] = text.split('/');
  return { first: (bits === 32 ? parseV4(base) : parseV6(base)) ?? 0n, hostBits: BigInt(bits - Number(prefix)) };
}

const isIn = (address: bigint, { first, hostBits }: Range): boolean => address >> hostBits === first >> hostBits;

/** @param text as resolvers and `URL` write addresses, without brackets; what isn't one is not public */
export function isPublicAddress(text: string): boolean {
  const v4 = parseV4(text);
  if (v4 !== undefined) return isPublicV4(v4);
  const v6 = parseV6(text);
  if (v6 === undefined) return false;
  if (isIn(v6, translatedV4)) return isPublicV4(v6 & 0xffff_ffffn);
  return isIn(v6, globalV6) && !reservedV6.some((range) => isIn(v6, range));
}

/**
 * Whether a sandbox may connect to an address: the rule of every driver. The public internet, and nothing of the machine,
 * of private networks or of clouds' metadata.
 * @param own the machine's addresses, of which some may be public
 */
export function mayBeReached(text: string, own: readonly string[]): boolean {
  const address = parseV4(text) ?? parseV6(text);
  return isPublicAddress(text) && !own.some((other) => (parseV4(other) ?? parseV6(other)) === address);
}

/** Whether the text is an IP address at all. */
export const isAddress = (text: string): boolean => parseV4(text) !== undefined || parseV6(text) !== undefined;

const isPublicV4 = (address: bigint): boolean => !reservedV4.some((range) => isIn(address, range));

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const [before = '', after, ...more] = withHexTail(text).split('::');
  const head = groupsOf(before);
  const tail = after === undefined ? [] : groupsOf(after);
  const missing = 8 - head.length - tail.length;
  const fits = after === undefined ? missing === 0 : missing > 0;
  const groups = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail];
  if (more.length > 0 || !fits || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

/** `::ffff:127.0.0.1` with its last part as two groups. */
function withHexTail(text: string): string {
  const at = text.lastIndexOf(':') + 1;
  const v4 = at > 0 ? parseV4(text.slice(at)) : undefined;
  if (v4 === undefined) return text;
  return `${text.slice(0, at)}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
}

/** @param range an address, or a network such as `10.0.0.0/8` */
export function isInRange(text: string, range: string): boolean {
  const bits = parseV4(text) !== undefined ? 32 : 128;
  const address = parseV4(text) ?? parseV6(text);
  if (address === undefined || !isRange(range) || bits !== bitsOf(range)) return false;
  return isIn(address, rangeOf(range.includes('/') ? range : `${range}/${bits}`, bits));
}

/** Whether the text is an address, or a network written as one with the number of its leading bits that count. */
export function isRange(text: string): boolean {
  const [base = '', prefix, ...more] = text.split('/');
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bitsOf(base));
  return more.length === 0 && isAddress(base) && isPrefix;
}

const bitsOf = (text: string): number => (text.includes(':') ? 128 : 32);

/** An IPv4 network as it is written within `translatedV4Range`. */
export function translateRange(range: string): string {
  const [base = '', prefix] = range.split('/');
  return `${withHexTail(`64:ff9b::${base}`)}/${96 + Number(prefix)}`;
}
