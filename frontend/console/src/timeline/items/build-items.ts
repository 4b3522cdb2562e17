// Builds a timeline's items from a session's events, each event once: what was built stays as it is.
import type { SessionEvent } from '../../lucid.ts';
import type { CallState, Item, ItemDraft, Look } from './item.ts';
import { readEvent, saidOf } from './read-event.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;
/** A call whose observation hasn't come: where its item is, and which of its looks it is. */
type OpenCall = { key: number; look?: number; observedBy: string; atMs: number };
type Observed = { state: CallState; event?: AgentEvent; durationMs?: number };

/** Reads and searches in one item; more begin a new one, so that each costs the same. */
const looksMax = 40;
/** Of events that are no longer kept, those of so many are taken away at once. */
const trimStep = 500;

/** Keeps what it built, and gives a new array where something has changed, of the same items where they haven't. */
export class ItemBuilder {
  #items: Item[] = [];
  #shown: readonly Item[] = [];
  #open: OpenCall[] = [];
  #first: SessionEvent | undefined;
  #last: SessionEvent | undefined;

  /** @param events all that are known: those of the call before and later ones, or others, where it begins anew */
  take(events: readonly SessionEvent[]): readonly Item[] {
    const from = this.#findNew(events);
    if (from === undefined) this.#begin(events);
    const isTrimmed = from !== undefined && this.#trim(events);
    for (let at = from ?? 0; at < events.length; at++) this.#add(events[at] as SessionEvent);
    if (isTrimmed || from === undefined || from < events.length) this.#shown = [...this.#items];
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
    this.#items = [];
    this.#open = [];
    this.#first = events[0];
    this.#last = undefined;
    if (this.#first) this.#markEarlier(this.#first);
  }

  #trim(events: readonly SessionEvent[]): boolean {
    const [first] = events;
    if (!first || !this.#first || first.sequence - this.#first.sequence < trimStep) return false;
    this.#items = this.#items.filter((item) => !isEarlierGap(item) && item.through >= first.sequence);
    this.#first = first;
    this.#markEarlier(first);
    return true;
  }

  #markEarlier(first: SessionEvent): void {
    if (first.sequence > 1) this.#items.unshift(gapBefore(first, 1, true));
  }

  #add(event: SessionEvent): void {
    if (this.#last && event.sequence > this.#last.sequence + 1)
      this.#items.push(gapBefore(event, this.#last.sequence + 1, false));
    if (this.#last && event.epoch > this.#last.epoch) this.#cutOpen(event);
    this.#last = event;
    const reading = readEvent(event);
    if (reading.is === 'item') this.#join(event, reading.item);
    else if (reading.is === 'observation') this.#observe(event as AgentEvent);
    else if (reading.is === 'end') {
      this.#cutOpen(event);
      this.#join(event, reading.item);
    } else if (reading.is === 'call') {
      this.#push(event, reading.item);
      this.#openCall(event, { key: event.sequence, observedBy: reading.observedBy });
    } else if (reading.is === 'look') this.#look(event, reading.look, reading.observedBy);
  }

  #push(event: SessionEvent, draft: ItemDraft): void {
    const { sequence, sessionId } = event;
    this.#items.push({ ...draft, key: sequence, through: sequence, at: event.timestamp ?? '', sessionId });
  }

  #look(event: SessionEvent, look: Look, observedBy: string): void {
    const last = this.#items.at(-1);
    if (last?.kind === 'looks' && last.looks.length < looksMax) {
      this.#items[this.#items.length - 1] = { ...last, through: event.sequence, looks: [...last.looks, look] };
      this.#openCall(event, { key: last.key, look: last.looks.length, observedBy });
    } else {
      this.#push(event, { kind: 'looks', looks: [look] });
      this.#openCall(event, { key: event.sequence, look: 0, observedBy });
    }
  }

  #openCall(event: SessionEvent, call: Omit<OpenCall, 'atMs'>): void {
    this.#open.push({ ...call, atMs: Date.parse(event.timestamp ?? '') });
  }

  /** What was asked and its end are one: the end takes the place of the line that asked for it. */
  #join(event: SessionEvent, draft: ItemDraft): void {
    const last = this.#items.at(-1);
    const joined = last && joinEnd(last, draft);
    if (joined) this.#items[this.#items.length - 1] = { ...joined, through: event.sequence };
    else this.#push(event, markTold(draft, last));
  }

  /** Calls are observed in the order in which they began; a failure is the observation of any. */
  #observe(event: AgentEvent): void {
    const isFailure = event.eventType === 'ErrorObservation';
    const at = this.#open.findIndex(({ observedBy }) => isFailure || observedBy === event.eventType);
    const [call] = at < 0 ? [] : this.#open.splice(at, 1);
    if (!call) return this.#push(event, isFailure ? failureOf(event) : { kind: 'notice', text: event.content });
    const durationMs = Math.max(0, Date.parse(event.timestamp) - call.atMs);
    this.#close(call, { state: isFailure ? 'failed' : 'done', event, durationMs }, event.sequence);
  }

  #cutOpen(event: SessionEvent): void {
    for (const call of this.#open) this.#close(call, { state: 'cut' }, event.sequence - 1);
    this.#open = [];
  }

  #close({ key, look }: OpenCall, observed: Observed, sequence: number): void {
    const at = findAtOrBefore(this.#items, key, (item) => item.key);
    const item = this.#items[at];
    if (item?.key !== key) return; // It was trimmed away.
    const isLast = at === this.#items.length - 1;
    this.#items[at] = {
      ...closeItem(item, look, observed),
      ...(isLast && { through: Math.max(item.through, sequence) }),
    };
  }
}

function closeItem(item: Item, look: number | undefined, { state, event, durationMs }: Observed): Item {
  const told = { state, ...(event && { result: saidOf(event) }), ...(durationMs !== undefined && { durationMs }) };
  if (item.kind === 'looks')
    return { ...item, looks: item.looks.map((each, index) => (index === look ? { ...each, ...told } : each)) };
  if (item.kind === 'command') {
    const exitCode = event?.exitCode;
    return { ...item, ...told, ...(exitCode !== undefined && { exitCode }) };
  }
  if (item.kind === 'change') return { ...item, ...told, ...(event?.diff !== undefined && { diff: event.diff }) };
  if (item.kind === 'call') return { ...item, ...told };
  return item;
}

/** @returns one item for an end and what asked for it; undefined where they don't belong together */
function joinEnd(last: Item, end: ItemDraft): Item | undefined {
  const { key, through, at, sessionId } = last;
  if (last.kind === 'line' && last.asks !== undefined && end.kind === 'turnEnd' && end.reason === 'interrupted')
    return { ...end, isStop: last.asks === 'stop', key, through, at, sessionId };
  const isStop = (last.kind === 'line' && last.asks === 'stop') || (last.kind === 'turnEnd' && last.isStop === true);
  return isStop && end.kind === 'line' && end.asks === undefined ? last : undefined;
}

/** Of a turn that ended with a failure, which says already why. */
const markTold = (item: ItemDraft, last: Item | undefined): ItemDraft =>
  item.kind === 'turnEnd' && last?.kind === 'failure' && last.text === item.text ? { ...item, isTold: true } : item;

const failureOf = (event: AgentEvent): ItemDraft => ({
  kind: 'failure',
  text: event.content,
  code: undefined,
  isEnd: false,
});

const gapBefore = (event: SessionEvent, from: number, isEarlier: boolean): Item => ({
  kind: 'gap',
  ...{ from, to: event.sequence - 1, isEarlier },
  ...{ key: from, through: event.sequence - 1, at: event.timestamp ?? '', sessionId: event.sessionId },
});

const isEarlierGap = (item: Item) => item.kind === 'gap' && item.isEarlier;

/** @returns the index of the last whose number is at most this; -1 where there is none */
function findAtOrBefore<Each>(all: readonly Each[], number: number, numberOf: (each: Each) => number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(all[middle] as Each) <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** @returns the index of the item that shows an event; -1 where none does */
export const findItem = (items: readonly Item[], sequence: number): number =>
  findAtOrBefore(items, sequence, ({ key }) => key);
