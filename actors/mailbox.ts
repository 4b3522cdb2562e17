// The bounded queue of commands to one actor.

/** Commands that wait for one actor. A person types one; a script that sends more is told to wait. */
export const mailboxCommandsMax = 64;

/** First in, first out. `enqueue` returns false when it is full: the caller answers `overloaded`. */
export class Mailbox<Item> {
  #items: Item[] = [];

  get depth(): number {
    return this.#items.length;
  }

  enqueue(item: Item): boolean {
    if (this.#items.length >= mailboxCommandsMax) return false;
    this.#items.push(item);
    return true;
  }

  dequeue(): Item | undefined {
    return this.#items.shift();
  }
}
