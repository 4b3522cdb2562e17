// The bounded queue of commands to one actor.

/** Commands that wait for one actor: a person sends one at a time, and a script that sends more is refused. */
export const mailboxCommandsMax = 64;

/** First in, first out. `enqueue` returns false when the mailbox is full. */
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
