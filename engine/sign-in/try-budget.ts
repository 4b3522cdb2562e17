// How often somebody may try to sign in: by the address that asks, and by whom a proxy at that address asks for.
import { type Failure, failed } from '../../schema/error.ts';
import { KeyedBudget } from '../server/keyed-budget.ts';
import { nearestClientOf } from '../server/peer.ts';
import type { Page } from '../server/routes/handler.ts';

const windowMs = 60_000;
/** Of one person's machine: mistyped many times, and not guessed. */
export const triesMax = 60;
/** Of one connection's address, behind which a proxy may have a whole company. */
const triesOfAddressMax = 600;
/** Addresses that are counted at once, at some 300 bytes each. */
const addressesMax = 20_000;

export class TryBudget {
  readonly #ofAddresses = new KeyedBudget({ pointsMax: triesOfAddressMax, windowMs, keysMax: addressesMax });
  readonly #ofMachines = new KeyedBudget({ pointsMax: triesMax, windowMs, keysMax: addressesMax });

  async take({ address, forwardedFor }: Pick<Page, 'address' | 'forwardedFor'>): Promise<Failure | undefined> {
    const client = nearestClientOf(address, forwardedFor);
    const spent = (await this.#ofAddresses.take(address)) ?? (await this.#ofMachines.take(`${address} ${client}`));
    return (
      spent &&
      failed('tooManyTries', 'Too many tries to sign in; wait a while.', { retryAfterMs: spent.retryAfterMs }).failure
    );
  }
}
