// The bounded queue of commands to one actor.
import { limits } from '../schema/limits.ts';

/** First in, first out. `offer` says no when it is full: the caller answers `overloaded`. */
export class Mailbox<Item> {
  #items: Item[] = [];

  get depth(): number {
    return this.#items.length;
  }

  enqueue(item: Item): boolean {
    if (this.#items.length >= limits.mailboxCommandsMax) return false;
    this.#items.push(item);
    return true;
  }

  dequeue(): Item | undefined {
    return this.#items.shift();
  }
}
