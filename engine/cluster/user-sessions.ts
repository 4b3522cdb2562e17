// How many sessions each user has at the other engines, as those tell it: whole now and then, and each change at once.

/** A count that wasn't told again for so long is forgotten: its end was lost on the way, or its engine is gone. */
const countKeptMs = 30_000;

/** Looks in a row, one a second, that find no beat of an engine, after which its sessions are others': a beat may only be late. */
const absentLooksMax = 3;

type Count = { sessions: number; atMs: number };
type Boot = { counts: Map<string, Count>; absentLooks: number };

export class UserSessions {
  readonly #byBoot = new Map<string, Boot>();

  receive(bootId: string, users: readonly (readonly [string, number])[], nowMs: number): void {
    const boot = this.#byBoot.get(bootId) ?? { counts: new Map<string, Count>(), absentLooks: 0 };
    const { counts } = boot;
    this.#byBoot.set(bootId, boot);
    for (const [userId, sessions] of users)
      if (sessions === 0) counts.delete(userId);
      else counts.set(userId, { sessions, atMs: nowMs });
  }

  /** Those that a user has at other engines. */
  count(userId: string): number {
    return this.#byBoot.values().reduce((sum, { counts }) => sum + (counts.get(userId)?.sessions ?? 0), 0);
  }

  /** The engines where a user has some. */
  bootsOf(userId: string): string[] {
    return [...this.#byBoot].flatMap(([bootId, { counts }]) => (counts.has(userId) ? [bootId] : []));
  }

  forgetBoot(bootId: string): void {
    this.#byBoot.delete(bootId);
  }

  /** To be called once a second. @param bootIds of the engines that beat */
  keepBoots(bootIds: ReadonlySet<string>): void {
    for (const [bootId, boot] of this.#byBoot) {
      boot.absentLooks = bootIds.has(bootId) ? 0 : boot.absentLooks + 1;
      if (boot.absentLooks >= absentLooksMax) this.#byBoot.delete(bootId);
    }
  }

  /** To be called every few seconds. */
  forgetOld(nowMs: number): void {
    for (const [bootId, { counts }] of this.#byBoot) {
      for (const [userId, { atMs }] of counts) if (nowMs - atMs >= countKeptMs) counts.delete(userId);
      if (counts.size === 0) this.#byBoot.delete(bootId);
    }
  }
}
