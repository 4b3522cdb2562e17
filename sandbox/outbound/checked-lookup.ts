// Resolves a host's name and checks its addresses, for a connection to one of these and no other.
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { gitConnectTimeoutMs } from '../git/upstream-request.ts';

/** @throws what the resolver throws, when a name has no address at all */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Resolves without the system's resolver, which takes one of libuv's four threads from all files while a name is slow, and
 * knows this machine's own names.
 */
export const resolvePublic: Resolve = async (hostname) => {
  const resolver = new Resolver({ timeout: gitConnectTimeoutMs / 4, tries: 2 });
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
  return [
    ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
    ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
  ];
};

export type LookupRule = {
  resolve: Resolve;
  /** Picks the addresses that may be connected to. */
  choose(addresses: LookupAddress[]): LookupAddress[] | Promise<LookupAddress[]>;
  /** Makes the error where there are none. */
  refuse(hostname: string): Error;
};

/** The connection goes to the checked address, because a name that is resolved twice may lead elsewhere. */
export const makeCheckedLookup =
  ({ resolve, choose, refuse }: LookupRule): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname)
      .then(choose)
      .then(
        ([first, ...others]) => {
          if (!first) callback(refuse(hostname), '');
          else if (options.all) callback(null, [first, ...others]);
          else callback(null, first.address, first.family);
        },
        (error) => callback(error, ''),
      );
  };
