// How this engine stands among the others, from one look a second: cut from the bus alone, cut from PostgreSQL alone, or
// neither. What all have lost cuts nobody. Pure.
import { Peers } from './peers.ts';

/** Looks in a row that must find this engine worse off than another, since what is known of others is some seconds old. */
const isolatedAfterLooks = 4;
/** Looks in a row in which another engine stores and this one does not: after an outage of all, some are back sooner. */
const cutAfterLooks = 5;

export class Standing {
  readonly #peers = new Peers();
  #aloneLooks = 0;
  #unstoredLooks = 0;
  #isIsolated = false;

  /** Whether others reach each other, or the bus, and this engine none of them. */
  get isIsolated(): boolean {
    return this.#isIsolated;
  }

  /** Whether this engine can't store while others can: whoever goes to them is served. */
  get isCutFromStorage(): boolean {
    return this.#unstoredLooks >= cutAfterLooks;
  }

  /** Whether nobody is heard, so that it counts how far others reach. */
  get hearsNobody(): boolean {
    return this.#peers.heard === 0;
  }

  note(bootId: string): void {
    this.#peers.note(bootId);
  }

  noteHello(bootId: string, stores: boolean): void {
    this.#peers.noteHello(bootId, stores);
  }

  /** What beats tell the others: 0 without the bus, else 1 and one for each engine that is heard. */
  reach(isBusUp: boolean): number {
    return isBusUp ? 1 + this.#peers.heard : 0;
  }

  /** To be called once a second. */
  look(isStoring: boolean): void {
    this.#peers.look();
    this.#unstoredLooks = !isStoring && this.#peers.doesAnyStore ? this.#unstoredLooks + 1 : 0;
    if (this.hearsNobody) return;
    this.#aloneLooks = 0;
    this.#isIsolated = false;
  }

  /**
   * To be called after a look in which nobody was heard. Where the bus is away for all, or its servers have lost each other,
   * nobody reaches further than this engine.
   * @param othersReach the largest of other living engines
   */
  compare(isBusUp: boolean, othersReach: number): void {
    if (!this.hearsNobody) return;
    this.#aloneLooks = othersReach > this.reach(isBusUp) ? this.#aloneLooks + 1 : 0;
    this.#isIsolated = this.#aloneLooks >= isolatedAfterLooks;
  }
}
