// Who waits, in fair order: the users take turns, and each one's requests keep their order. Pure.

export type Queued = { id: string; userId: string };

export class FairQueue<Item extends Queued> {
  /** The user whose turn it is comes first. */
  readonly #byUser = new Map<string, Item[]>();

  get isEmpty(): boolean {
    return this.#byUser.size === 0;
  }

  get first(): Item | undefined {
    const [items] = this.#byUser.values();
    return items?.[0];
  }

  *[Symbol.iterator](): Iterator<Item> {
    for (const items of this.#byUser.values()) yield* items;
  }

  add(item: Item): void {
    const items = this.#byUser.get(item.userId);
    if (items) items.push(item);
    else this.#byUser.set(item.userId, [item]);
  }

  /** Takes the first one out; its user is the last whose turn comes again. */
  take(): Item | undefined {
    const [entry] = this.#byUser;
    if (!entry) return undefined;
    const [userId, items] = entry;
    this.#byUser.delete(userId);
    const item = items.shift();
    if (items.length > 0) this.#byUser.set(userId, items);
    return item;
  }

  remove(id: string): void {
    for (const [userId, items] of this.#byUser) {
      const at = items.findIndex((item) => item.id === id);
      if (at < 0) continue;
      items.splice(at, 1);
      if (items.length === 0) this.#byUser.delete(userId);
      return;
    }
  }
}
