// Resolves a host's name and checks the addresses that it leads to, for a connection to one of them and no other.
import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { gitConnectTimeoutMs } from '../git/upstream-request.ts';

/** @throws what the resolver throws, when a name has no address at all */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Unlike the system's resolver it takes none of libuv's four threads, which a slow name would keep from everybody's
 * files; and it knows nothing of this machine's own names.
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
  /** The addresses that may be connected to. */
  choose(addresses: LookupAddress[]): LookupAddress[] | Promise<LookupAddress[]>;
  /** What the connection fails with where there is none of them. */
  refuse(hostname: string): Error;
};

/** The address that was checked is the one that is connected to: a name that is asked twice may answer differently. */
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
