// How much longer than usual posts of other engines were on their way, whatever their clocks say.

/** How long a difference of clocks counts, so that one that was set anew is believed soon. */
const windowMs = 10_000;
/** Engines that are remembered; dead ones are forgotten, oldest first. */
const peersMax = 1_000;

/** The smallest difference between arrival and sending, in this window and in the one before that had any. */
type Peer = { least: number; leastBefore: number; sinceMs: number };

export class PeerClocks {
  readonly #peers = new Map<string, Peer>();

  /** @returns by how much the post is older than the quickest one lately */
  measureAge(from: string, sentMs: number, nowMs: number): number {
    const difference = nowMs - sentMs;
    const peer = this.#peers.get(from);
    if (!peer) {
      this.#add(from, { least: difference, leastBefore: difference, sinceMs: nowMs });
      return 0;
    }
    if (Math.abs(nowMs - peer.sinceMs) > windowMs) {
      peer.leastBefore = peer.least;
      peer.least = difference;
      peer.sinceMs = nowMs;
    }
    peer.least = Math.min(peer.least, difference);
    return difference - Math.min(peer.least, peer.leastBefore);
  }

  #add(from: string, peer: Peer): void {
    const [oldest] = this.#peers.keys();
    if (this.#peers.size >= peersMax && oldest !== undefined) this.#peers.delete(oldest);
    this.#peers.set(from, peer);
  }
}
