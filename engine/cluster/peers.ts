// Which other engines are heard on the bus, and whether they store: counted in looks and not in time, so that an engine that
// stood still itself takes nobody for silent. Pure.

/** Looks, one a second, for which an engine counts as heard: it greets every other one. */
const heardForLooks = 5;
/** Looks for which its word that it stores counts: a greeting, and a late one. */
const storesForLooks = 3;

/** Engines that are counted: more than a cluster has. */
const peersMax = 1_000;

/** Looks since it was heard, and since it said that it stores. */
type Peer = { silent: number; notStoring: number };

export class Peers {
  readonly #peers = new Map<string, Peer>();

  note(bootId: string): void {
    this.#ensure(bootId).silent = 0;
  }

  noteHello(bootId: string, stores: boolean): void {
    this.note(bootId);
    const peer = this.#ensure(bootId);
    peer.notStoring = stores ? 0 : storesForLooks + 1;
  }

  /** To be called once a second. */
  look(): void {
    for (const [bootId, peer] of this.#peers) {
      peer.silent++;
      peer.notStoring++;
      if (peer.silent > heardForLooks) this.#peers.delete(bootId);
    }
  }

  /** How many are heard. */
  get heard(): number {
    return this.#peers.size;
  }

  /** Whether one that is heard stores. */
  get doesAnyStore(): boolean {
    return this.#peers.values().some(({ notStoring }) => notStoring <= storesForLooks);
  }

  #ensure(bootId: string): Peer {
    const known = this.#peers.get(bootId);
    if (known) return known;
    const peer = { silent: 0, notStoring: storesForLooks + 1 };
    const [oldest] = this.#peers.keys();
    if (this.#peers.size >= peersMax && oldest !== undefined) this.#peers.delete(oldest);
    this.#peers.set(bootId, peer);
    return peer;
  }
}
