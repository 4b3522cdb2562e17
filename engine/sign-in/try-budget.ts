// How often somebody may try to sign in: by the address that asks, and by whom a proxy at that address asks for.
import { type Failure, failed } from '../../schema/error.ts';
import { type Budget, openOwnBudget } from '../server/keyed-budget.ts';
import { nearestClientOf, networkOf } from '../server/peer.ts';
import type { Page } from '../server/routes/handler.ts';

const windowMs = 60_000;
/** Of one person's machine: mistyped many times, and not guessed. */
export const triesMax = 60;
/** Of one connection's address, behind which a proxy may have a whole company. */
export const triesOfAddressMax = 600;
/** Addresses that are counted at once, at some 300 bytes each. */
export const addressesMax = 20_000;

/** Whoever has more addresses than are counted has more tries as well, so a stranger isn't refused for it. */
const counted = { windowMs, keysMax: addressesMax, forgetsOldest: true };

export class TryBudget {
  readonly #ofAddresses: Budget;
  readonly #ofMachines: Budget;

  constructor(openBudget = openOwnBudget) {
    this.#ofAddresses = openBudget('triesOfAddress', { ...counted, pointsMax: triesOfAddressMax });
    this.#ofMachines = openBudget('tries', { ...counted, pointsMax: triesMax });
  }

  /** A machine's own tries are counted first: one that is refused takes none from others behind its proxy. */
  async take({ address, forwardedFor }: Pick<Page, 'address' | 'forwardedFor'>): Promise<Failure | undefined> {
    const network = networkOf(address);
    const client = networkOf(nearestClientOf(address, forwardedFor));
    const spent = (await this.#ofMachines.take(`${network} ${client}`)) ?? (await this.#ofAddresses.take(network));
    return (
      spent &&
      failed('tooManyTries', 'Too many tries to sign in; wait a while.', { retryAfterMs: spent.retryAfterMs }).failure
    );
  }
}
