// The limits of each user that hold over all engines: tells the others several times a second what was let through here and
// who has how many sessions here, and hears the same of them.
import { busSessionsMax, type MessageOf } from '../../schema/bus.ts';
import type { Budget, KeyedBudgetOptions } from '../server/keyed-budget.ts';
import { type Directory, isRemote } from '../sessions/directory.ts';
import type { Bus } from './bus.ts';
import { SharedBudget } from './shared-budget.ts';
import { UserSessions } from './user-sessions.ts';

/** Rounds of `tellAll` between two in which everybody's sessions are told again: 10 s. */
const roundsPerWhole = 5;

export type SharedLimitsDependencies = {
  bus: Pick<Bus, 'send'>;
  directory: Directory;
  now(): number;
};

export class SharedLimits {
  readonly #dependencies: SharedLimitsDependencies;
  readonly #budgets = new Map<string, SharedBudget>();
  readonly #users = new UserSessions();
  #changedUsers = new Set<string>();
  #rounds = 0;

  constructor(dependencies: SharedLimitsDependencies) {
    this.#dependencies = dependencies;
    dependencies.directory.shareCounts({
      countElsewhere: (userId) => this.#users.count(userId),
      onChanged: (userId) => this.#changedUsers.add(userId),
    });
  }

  /** @param name the same at all engines */
  openBudget(name: string, options: KeyedBudgetOptions): Budget {
    const budget = new SharedBudget({ ...options, now: this.#dependencies.now });
    this.#budgets.set(name, budget);
    return budget;
  }

  /** The other engines where a user has sessions. */
  bootsOf(userId: string): string[] {
    return this.#users.bootsOf(userId);
  }

  receiveSpent({ budget, takes }: MessageOf<'spent'>): void {
    for (const [key, points] of takes) this.#budgets.get(budget)?.note(key, points);
  }

  receiveHeld(from: string, { users }: MessageOf<'held'>): void {
    this.#users.receive(from, users, this.#dependencies.now());
  }

  forgetBoot(bootId: string): void {
    this.#users.forgetBoot(bootId);
  }

  /** Sessions of engines that are gone are others' by now. */
  keepBoots(bootIds: readonly string[]): void {
    this.#users.keepBoots(new Set(bootIds));
  }

  /** To be called several times a second. */
  tellChanges(): void {
    for (const [name, budget] of this.#budgets)
      for (const takes of splitList(budget.listUntold()))
        this.#dependencies.bus.send('all', { kind: 'spent', budget: name, takes });
    if (this.#changedUsers.size === 0) return;
    this.#tellUsers([...this.#changedUsers]);
    this.#changedUsers = new Set();
  }

  /** To be called every few seconds. */
  tellAll(): void {
    this.#users.forgetOld(this.#dependencies.now());
    for (const budget of this.#budgets.values()) budget.forgetFull();
    if (++this.#rounds % roundsPerWhole === 0) this.#tellUsers([...this.#dependencies.directory.users()]);
  }

  #tellUsers(userIds: readonly string[]): void {
    const { bus, directory } = this.#dependencies;
    const countOf = (userId: string) => [...directory.listByUser(userId)].filter((entry) => !isRemote(entry)).length;
    const counts = userIds.map((userId): [string, number] => [userId, countOf(userId)]);
    for (const users of splitList(counts)) bus.send('all', { kind: 'held', users });
  }
}

function* splitList<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let at = 0; at < items.length; at += busSessionsMax) yield items.slice(at, at + busSessionsMax);
}
