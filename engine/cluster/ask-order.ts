// The commands of each session that this engine asks others for, in the order in which they were said: on the way to the next
// owner none overtakes another, since an interrupt would end the turn of what was said after it. Pure.

/** What waits for an answer. */
export type Ordered = {
  sessionId: string;
  /** Where it was asked last: an engine, '' for this one; undefined where it has yet to be asked. */
  at: string | undefined;
  /** Whether it waits until those before it have been asked where it is to be asked itself. */
  isBehind: boolean;
};

/** Those of its session that were said just before and after it. */
type Links<One> = { before: One | undefined; after: One | undefined };

export class AskOrder<One extends Ordered> {
  readonly #links = new Map<One, Links<One>>();
  readonly #last = new Map<string, One>();

  enter(one: One): void {
    const before = this.#last.get(one.sessionId);
    this.#links.set(one, { before, after: undefined });
    this.#link(before, 'after', one);
    this.#last.set(one.sessionId, one);
  }

  leave(one: One): void {
    const links = this.#links.get(one);
    if (!links) return;
    const { before, after } = links;
    this.#links.delete(one);
    this.#link(before, 'after', after);
    this.#link(after, 'before', before);
    if (after) return;
    if (before) this.#last.set(one.sessionId, before);
    else this.#last.delete(one.sessionId);
  }

  has(sessionId: string): boolean {
    return this.#last.has(sessionId);
  }

  /** @returns those said before it that were not asked at this place last, oldest first; none where the one just before was */
  findBefore(one: One, place: string): One[] {
    const found: One[] = [];
    const beforeOf = (other: One) => this.#links.get(other)?.before;
    for (let other = beforeOf(one); other && other.at !== place; other = beforeOf(other)) found.push(other);
    return found.reverse();
  }

  /** @returns the one that was said just after it, where that waits behind it */
  findBehind(one: One): One | undefined {
    const after = this.#links.get(one)?.after;
    return after?.isBehind ? after : undefined;
  }

  #link(one: One | undefined, side: keyof Links<One>, to: One | undefined): void {
    const links = one && this.#links.get(one);
    if (links) links[side] = to;
  }
}
