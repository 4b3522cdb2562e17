// Builds a timeline's items from a session's events, each event once: what was built stays as it is.
import type { SessionEvent } from '../../lucid.ts';
import { findAtOrBefore } from './close-item.ts';
import type { Item } from './item.ts';
import { ItemList } from './item-list.ts';

/** Of events that are no longer kept, those of so many are taken away at once. */
const trimStep = 500;

/** Keeps what it built, and gives a new array where something has changed, of the same items where they haven't. */
export class ItemBuilder {
  #list = new ItemList();
  #shown: readonly Item[] = [];
  #first: SessionEvent | undefined;
  #last: SessionEvent | undefined;

  /** @param events all that are known: those of the call before and later ones, or others, where it begins anew */
  take(events: readonly SessionEvent[]): readonly Item[] {
    const from = this.#findNew(events);
    if (from === undefined) this.#begin(events);
    const isTrimmed = from !== undefined && this.#trim(events);
    for (let at = from ?? 0; at < events.length; at++) this.#add(events[at] as SessionEvent);
    if (isTrimmed || from === undefined || from < events.length) this.#shown = [...this.#list.items];
    return this.#shown;
  }

  /** @returns where the new ones begin; undefined where these aren't the events of before and later ones */
  #findNew(events: readonly SessionEvent[]): number | undefined {
    const [first] = events;
    if (!first && !this.#first) return 0;
    if (!this.#first || !this.#last || !first || first.sequence < this.#first.sequence) return undefined;
    const at = findAtOrBefore(events, this.#last.sequence, ({ sequence }) => sequence);
    return events[at] === this.#last ? at + 1 : undefined;
  }

  #begin(events: readonly SessionEvent[]): void {
    this.#list = new ItemList();
    this.#first = events[0];
    this.#last = undefined;
    if (this.#first) this.#markEarlier(this.#first);
  }

  #trim(events: readonly SessionEvent[]): boolean {
    const [first] = events;
    if (!first || !this.#first || first.sequence - this.#first.sequence < trimStep) return false;
    this.#list.items = this.#list.items.filter((item) => !isEarlierGap(item) && item.through >= first.sequence);
    this.#first = first;
    this.#markEarlier(first);
    return true;
  }

  #markEarlier(first: SessionEvent): void {
    if (first.sequence > 1) this.#list.items.unshift(gapBefore(first, 1, true));
  }

  #add(event: SessionEvent): void {
    if (this.#last && event.sequence > this.#last.sequence + 1)
      this.#list.items.push(gapBefore(event, this.#last.sequence + 1, false));
    if (this.#last && event.epoch > this.#last.epoch && !this.#list.isAsking) this.#list.cutOpen(event);
    this.#last = event;
    this.#list.add(event);
  }
}

const gapBefore = (event: SessionEvent, from: number, isEarlier: boolean): Item => ({
  kind: 'gap',
  ...{ from, to: event.sequence - 1, isEarlier },
  ...{ key: from, through: event.sequence - 1, at: event.timestamp ?? '', sessionId: event.sessionId },
});

const isEarlierGap = (item: Item) => item.kind === 'gap' && item.isEarlier;

/** @returns the index of the item that shows an event; -1 where none does */
export const findItem = (items: readonly Item[], sequence: number): number =>
  findAtOrBefore(items, sequence, ({ key }) => key);
