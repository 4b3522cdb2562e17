// Reads what the operator opens to sandboxes beside the public internet: names, addresses and networks, whole or one port.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { OpenedHost } from '../../schema/thread.ts';
import { isAddress, isInRange, isRange } from './address.ts';

/** Reads a list such as `registry.example.lan, 10.0.5.0/24, 10.0.0.7:3000, [fd00::7]:3000`. */
export function parseOpenedHosts(list: string): Outcome<readonly OpenedHost[]> {
  const opened: OpenedHost[] = [];
  for (const entry of list.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const host = parseOpenedHost(entry);
    if (!host) return failed('badRequest', `"${entry}" is not a host, a network, nor either with a port.`);
    opened.push(host);
  }
  return succeeded(opened);
}

function parseOpenedHost(entry: string): OpenedHost | undefined {
  if (isRange(entry)) return { host: entry, port: undefined };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase();
  const port = digits === undefined ? undefined : Number(digits);
  const isHost = isRange(host) || (bracketed === undefined && isName(host));
  return isHost && (port === undefined || (port > 0 && port < 65_536)) ? { host, port } : undefined;
}

/** A text that ends with a number looks like an address, so it isn't taken for a name. */
const isName = (text: string): boolean =>
  /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(text) && !/(^|\.)\d+$/.test(text);

export const isOpened = (opened: readonly OpenedHost[], { host, port }: { host: string; port: number }): boolean =>
  opened.some(
    (one) =>
      (one.port === undefined || one.port === port) &&
      (isAddress(host) ? isRange(one.host) && isInRange(host, one.host) : one.host === host.toLowerCase()),
  );
