// What steps of sessions that are under way are expected to cost, so that those of others don't count on the same money.

/** A step that has cost nothing by then has ended without saying so: models answer within minutes. */
const reservedMsMax = 900_000;

type Reserved = { day: string; userId: string; usd: number; untilMs: number };

/** What a session is about to spend. */
export type Reservation = { sessionId: string; day: string; userId: string; usd: number };

/** Of this engine alone: steps of other engines may come on top. */
export class Reservations {
  readonly #bySession = new Map<string, Reserved>();

  /** Reserves in place of what the session had reserved before. @returns what others have reserved, of the same day */
  reserve({ sessionId, day, userId, usd }: Reservation, nowMs: number): { userUsd: number; engineUsd: number } {
    const others = { userUsd: 0, engineUsd: 0 };
    this.#bySession.delete(sessionId);
    for (const [id, reserved] of this.#bySession) {
      if (reserved.untilMs <= nowMs) this.#bySession.delete(id);
      else if (reserved.day === day) {
        others.engineUsd += reserved.usd;
        if (reserved.userId === userId) others.userUsd += reserved.usd;
      }
    }
    this.#bySession.set(sessionId, { day, userId, usd, untilMs: nowMs + reservedMsMax });
    return others;
  }

  /** What it came to is stored, or its turn has ended. */
  release(sessionId: string): void {
    this.#bySession.delete(sessionId);
  }
}
