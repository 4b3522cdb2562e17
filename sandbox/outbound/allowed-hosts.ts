// Which hosts a user's URL may name: those of the public internet, and those that the operator has named.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AllowedHosts } from '../../schema/thread.ts';
import { isAddress, isPublicAddress } from './address.ts';

/**
 * Reads a list such as `git.example.internal, 10.0.0.7:3000, [fd00::7]:3000`.
 * A host without a port stands for the usual ones: 80 over http, 443 over https.
 */
export function parseAllowedHosts(list: string): Outcome<AllowedHosts> {
  const allowed = new Set<string>();
  for (const entry of list.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [, host, port] = /^(\[[^\]]+\]|[^:[\]/?#@\\\s]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
    const url = host === undefined ? null : URL.parse(`http://${host}`);
    const isHost = url !== null && /^([a-z0-9._-]+|\[.*\])$/.test(url.hostname);
    if (!isHost || Number(port ?? 1) > 65_535) return failed('badRequest', `"${entry}" is not a host, nor host:port.`);
    for (const one of port === undefined ? ['80', '443'] : [port]) allowed.add(`${hostnameOf(url)}:${Number(one)}`);
  }
  return succeeded(allowed);
}

/** Whether a URL leads to one of the operator's own servers. What a name leads to is checked when it is connected to. */
export function isAllowedHost(url: URL, allowed: AllowedHosts): boolean {
  return allowed.has(`${hostnameOf(url)}:${url.port || (url.protocol === 'http:' ? '80' : '443')}`);
}

/** Whether a URL's host is one of the public internet, by its name or address alone. */
export function isPublicHost(url: URL): boolean {
  const address = addressIn(url);
  return isAddress(address) ? isPublicAddress(address) : isPublicName(hostnameOf(url));
}

/** Gives a URL's host without the brackets of an IPv6 address. */
export const addressIn = (url: URL): string => hostnameOf(url).replace(/^\[(.*)\]$/, '$1');

/** Gives a URL's host without the dot that may end it. */
export const hostnameOf = (url: URL): string => url.hostname.replace(/\.$/, '');

/** Names that are only ever given out inside of a network (RFC 6761, RFC 8375, ICANN's `.internal`, and by habit). */
const privateDomains = ['localhost', 'localdomain', 'local', 'internal', 'intranet', 'private', 'corp', 'home', 'lan'];

function isPublicName(hostname: string): boolean {
  const labels = hostname.split('.');
  const isName = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label));
  return (
    isName && labels.length > 1 && !privateDomains.includes(labels.at(-1) ?? '') && !hostname.endsWith('.home.arpa')
  );
}
