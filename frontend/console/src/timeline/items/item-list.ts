// A list of items that grows with each event: calls get what came of them, questions their replies, sub-agents their work.
import type { SessionEvent } from '../../lucid.ts';
import { closeItem, findAtOrBefore, type Observed } from './close-item.ts';
import type { CallState, Item, ItemDraft, ItemOf, Look, Reply } from './item.ts';
import { joinEnd, markTold } from './join-end.ts';
import { readEvent } from './read-event.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;
/** A call whose observation hasn't come: where its item is, and which of its looks it is. */
type OpenCall = { key: number; look?: number; toolCallId: string | undefined; observedBy: string; atMs: number };
type OpenAsk = { key: number; toolCallId: string | undefined };
type Nested = { key: number; list: ItemList };

/** Reads and searches in one item; more begin a new one, so that each costs the same. */
const looksMax = 40;
const askObservations: ReadonlySet<string> = new Set(['AskUserObservation', 'PresentPlanObservation']);

export class ItemList {
  items: Item[] = [];
  #open: OpenCall[] = [];
  #asks: OpenAsk[] = [];
  /** The work of sub-agents that go on, by the call that they work for. */
  readonly #nested = new Map<string, Nested>();

  /** Whether it waits for a person, which goes on wherever the session does. */
  get isAsking(): boolean {
    return this.#asks.length > 0;
  }

  add(event: SessionEvent): void {
    const parent = event.type === 'agent_event' ? event.parentToolCallId : undefined;
    if (parent === undefined) this.addOwn(event);
    else this.#addNested(event, parent);
  }

  /** Whatever runs or is asked is over without a word about it. */
  cutOpen(event: SessionEvent): void {
    for (const call of this.#open) this.#close(call, { state: 'cut' }, event.sequence - 1);
    for (const { key } of this.#asks) this.#change(key, (item) => closeItem(item, { state: 'cut' }));
    for (const { key, list } of this.#nested.values()) {
      list.cutOpen(event);
      this.#change(key, (item) => ({ ...item, nested: list.items }) as Item);
    }
    this.#open = [];
    this.#asks = [];
    this.#nested.clear();
  }

  addOwn(event: SessionEvent): void {
    const reading = readEvent(event);
    if (reading.is === 'item') this.#join(event, reading.item);
    else if (reading.is === 'observation') this.#observe(event as AgentEvent);
    else if (reading.is === 'end') {
      this.cutOpen(event);
      this.#join(event, reading.item);
    } else if (reading.is === 'call') this.#call(event, reading.item, reading.observedBy);
    else if (reading.is === 'look') this.#look(event, reading.look, reading.observedBy);
    else if (reading.is === 'asked') this.#ask(event, reading.item);
    else if (reading.is === 'reply') this.#reply(event, reading.toolCallId, reading.reply);
  }

  /** Of a call that is no longer kept there is nothing to show its work in. */
  #addNested(event: SessionEvent, parent: string): void {
    const nested = this.#nested.get(parent);
    if (!nested) return;
    const { key, list } = nested;
    list.addOwn(event);
    this.#change(key, (item) => ({ ...item, nested: [...list.items] }) as Item, event.sequence);
  }

  #push(event: SessionEvent, draft: ItemDraft): void {
    const { sequence, sessionId } = event;
    this.items.push({ ...draft, key: sequence, through: sequence, at: event.timestamp ?? '', sessionId });
  }

  #call(event: SessionEvent, draft: ItemDraft, observedBy: string): void {
    this.#push(event, draft);
    this.#openCall(event, { key: event.sequence, observedBy });
    const { toolCallId } = event as AgentEvent;
    if (draft.kind === 'delegate' && toolCallId !== undefined)
      this.#nested.set(toolCallId, { key: event.sequence, list: new ItemList() });
  }

  #look(event: SessionEvent, look: Look, observedBy: string): void {
    const last = this.items.at(-1);
    if (last?.kind === 'looks' && last.looks.length < looksMax) {
      this.items[this.items.length - 1] = { ...last, through: event.sequence, looks: [...last.looks, look] };
      this.#openCall(event, { key: last.key, look: last.looks.length, observedBy });
    } else {
      this.#push(event, { kind: 'looks', looks: [look] });
      this.#openCall(event, { key: event.sequence, look: 0, observedBy });
    }
  }

  #openCall(event: SessionEvent, call: Pick<OpenCall, 'key' | 'look' | 'observedBy'>): void {
    const { toolCallId } = event as AgentEvent;
    this.#open.push({ ...call, toolCallId, atMs: Date.parse(event.timestamp ?? '') });
  }

  /** What was asked and its end are one: the end takes the place of the line that asked for it. */
  #join(event: SessionEvent, draft: ItemDraft): void {
    const last = this.items.at(-1);
    const joined = last && joinEnd(last, draft);
    if (joined) this.items[this.items.length - 1] = { ...joined, through: event.sequence };
    else this.#push(event, markTold(draft, last));
  }

  /** A call that wants an approval doesn't run before. */
  #ask(event: SessionEvent, draft: Extract<ItemDraft, { kind: 'asked' }>): void {
    this.#push(event, draft);
    this.#asks.push({ key: event.sequence, toolCallId: draft.toolCallId });
    if (draft.what === 'approval') this.#markCall(draft.toolCallId, 'asked');
  }

  #reply(event: SessionEvent, toolCallId: string, reply: Reply): void {
    if (!this.#closeAsk(toolCallId, reply, event.sequence)) return this.#pushReply(event, reply);
    this.#markCall(toolCallId, 'running', Date.parse(event.timestamp ?? ''));
  }

  /** To something that is no longer kept. */
  #pushReply(event: SessionEvent, { is, text }: Reply): void {
    this.#push(event, { kind: 'line', text: is === 'answered' ? `Answered: ${text}` : `Decided: ${is}` });
  }

  #closeAsk(toolCallId: string | undefined, reply: Reply, sequence: number): boolean {
    const at = this.#asks.findIndex((ask) => ask.toolCallId === toolCallId);
    const [ask] = at < 0 ? [] : this.#asks.splice(at, 1);
    if (ask) this.#change(ask.key, (item) => ({ ...item, state: 'done', reply }) as ItemOf<'asked'>, sequence);
    return ask !== undefined;
  }

  /** @param sinceMs from when on its time counts */
  #markCall(toolCallId: string | undefined, state: CallState, sinceMs?: number): void {
    const call = this.#open.find((each) => each.toolCallId !== undefined && each.toolCallId === toolCallId);
    if (!call) return;
    if (sinceMs !== undefined) call.atMs = sinceMs;
    this.#change(call.key, (item) => closeItem(item, { state }, call.look));
  }

  #observe(event: AgentEvent): void {
    const { toolCallId, content: text, sequence } = event;
    const isFailure = event.eventType === 'ErrorObservation';
    const isAsk = askObservations.has(event.eventType);
    const wasAsked =
      toolCallId !== undefined && this.#closeAsk(toolCallId, { is: 'none', by: 'policy', text }, sequence);
    const call = isAsk ? undefined : this.#takeCall(event, isFailure);
    if (call) {
      const durationMs = Math.max(0, Date.parse(event.timestamp) - call.atMs);
      this.#close(call, { state: isFailure ? 'failed' : 'done', event, durationMs }, sequence);
    } else if (!wasAsked && !isAsk) this.#push(event, isFailure ? failureOf(event) : { kind: 'notice', text });
  }

  /** That of the same id; of an engine that told none, calls are observed in their order, and a failure ends any. */
  #takeCall({ toolCallId, eventType }: AgentEvent, isFailure: boolean): OpenCall | undefined {
    const byId = toolCallId === undefined ? -1 : this.#open.findIndex((call) => call.toolCallId === toolCallId);
    const isNext = (call: OpenCall) =>
      (toolCallId === undefined || call.toolCallId === undefined) && (isFailure || call.observedBy === eventType);
    const at = byId >= 0 ? byId : this.#open.findIndex(isNext);
    const [call] = at < 0 ? [] : this.#open.splice(at, 1);
    if (call?.toolCallId !== undefined) this.#nested.delete(call.toolCallId);
    return call;
  }

  #close({ key, look }: OpenCall, observed: Observed, sequence: number): void {
    this.#change(key, (item) => closeItem(item, observed, look), sequence);
  }

  /** @param sequence of the event that changes it, where that belongs to the item */
  #change(key: number, change: (item: Item) => Item, sequence = 0): void {
    const at = findAtOrBefore(this.items, key, (item) => item.key);
    const item = this.items[at];
    if (item?.key !== key) return; // It was trimmed away.
    const isLast = at === this.items.length - 1;
    this.items[at] = { ...change(item), ...(isLast && { through: Math.max(item.through, sequence) }) };
  }
}

const failureOf = ({ content: text }: AgentEvent): ItemDraft => ({
  kind: 'failure',
  text,
  code: undefined,
  isEnd: false,
});
