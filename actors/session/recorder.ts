// Records a session's events: numbers them, encodes each frame once, and knows which are committed.
import { isDeepStrictEqual } from 'node:util';
import type { EventMetadata, Role, StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { frameOf } from '../../schema/protocol/events/event-frame.ts';
import type { Masking } from '../../schema/rules/masking.ts';
import type { SessionRecord, StoredState } from '../../schema/session.ts';
import type { Spent } from '../../schema/spending.ts';
import { createId } from '../create-id.ts';
import type { WriteBuffer } from '../write-buffer.ts';
import { saysSame } from './same-command.ts';
import { spentUsdOf } from './spent-usd.ts';

/** How many events more than the limit may be in memory before the older ones are dropped. */
export const transcriptSlackEvents = 150;

export type EventDraft = {
  role: Role;
  eventType: string;
  content: string;
  metadata?: EventMetadata | null;
  commandId?: string | null;
  /** The session's last event. */
  isLast?: boolean;
};

export type RecorderDependencies = {
  record: SessionRecord;
  writeBuffer: WriteBuffer;
  /** What no event may hold. */
  getMasking(): Masking;
  now(): number;
  /** Called for each event. */
  onRecorded?(event: StoredEvent): void;
};

export class Recorder {
  readonly #dependencies: RecorderDependencies;
  readonly #record: SessionRecord;
  readonly #writeBuffer: WriteBuffer;
  /** The events of the session's own conversation in order; older ones, and those of sub-agents, are only in PostgreSQL. */
  readonly events: StoredEvent[];
  #sequence: number;
  #replaced = 0;
  #committed: number;
  #waiting: { sequence: number; resolve: (isStored: boolean) => void }[] = [];
  #hasStopped = false;
  /** What the session has cost in all, as far as its rows say, and what was paid since its last event. */
  #spentUsd: number;
  #unrecorded: Spent | undefined;
  /** The last update of the session's row; unknown after an activation, since clients may have come or gone meanwhile. */
  #lastUpdate: { isActive: boolean; state: StoredState; waitsUntilMs?: number } | undefined;

  /** @param events what is stored already; a new session has none and is not stored itself */
  constructor(dependencies: RecorderDependencies, events: StoredEvent[] | undefined) {
    this.#dependencies = dependencies;
    this.#record = dependencies.record;
    this.#writeBuffer = dependencies.writeBuffer;
    this.events = (events ?? []).filter(isOwn);
    this.#sequence = events?.at(-1)?.sequence ?? 0;
    this.#committed = events ? this.#sequence : -1;
    this.#spentUsd = spentUsdOf(this.events, this.#record.settings);
  }

  /** The sequence of the newest event, stored or not. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Grows whenever `events` change. */
  get revision(): number {
    return this.#sequence + this.#replaced;
  }

  /** What the session has cost in all, in US dollars. */
  get spentUsd(): number {
    return this.#spentUsd;
  }

  /** Counts a cost with the next event. @param userId who used the engine's own key; null where the caller's paid */
  addSpent(usd: number, userId: string | null): void {
    this.#spentUsd += usd;
    this.#unrecorded = { usd: usd + (this.#unrecorded?.usd ?? 0), userId };
  }

  get hasOpened(): boolean {
    return this.#committed >= 0;
  }

  /** Whether it stores nothing more, since the session is another owner's, or gone. */
  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  get hasUncommitted(): boolean {
    return this.#committed < this.#sequence;
  }

  /** Stores the session itself, before its first event. */
  storeSession(isActive: boolean, sealedSecrets: string | null): void {
    const { sessionId, epoch, state } = this.#record;
    this.#lastUpdate = { isActive, state };
    this.#writeBuffer.addWrite({ kind: 'open', sessionId, epoch, record: this.#record, isActive, sealedSecrets });
  }

  /**
   * Stores whether the chat is active, the state that a restart finds, and when a wait for a person ends, where any has
   * changed.
   */
  storeUpdate(isActive: boolean, state: StoredState, waitsUntilMs?: number): void {
    const update = { isActive, state, ...(waitsUntilMs !== undefined && { waitsUntilMs }) };
    if (isDeepStrictEqual(this.#lastUpdate, update)) return;
    this.#lastUpdate = update;
    const { sessionId, epoch, chatId } = this.#record;
    if (!this.#hasStopped) this.#writeBuffer.addWrite({ kind: 'update', sessionId, epoch, chatId, ...update });
  }

  /** Whether the event records the same: compared without secrets, and a task counts as a message. */
  isRecordOf(event: StoredEvent, { role, eventType, content, metadata }: EventDraft): boolean {
    const isMessage = isUserMessage(event.eventType) && isUserMessage(eventType);
    if (event.role !== role || (!isMessage && event.eventType !== eventType)) return false;
    const masking = this.#dependencies.getMasking();
    const isSame = event.eventType === 'InitialTask' || saysSame(event.metadata, masking.maskValue(metadata ?? null));
    return isSame && masking.maskText(event.content) === masking.maskText(content);
  }

  recordEvent({
    role,
    eventType,
    content,
    metadata = null,
    commandId = null,
    isLast = false,
  }: EventDraft): StoredEvent {
    const { sessionId, epoch, chatId } = this.#record;
    const sequence = ++this.#sequence;
    const masking = this.#dependencies.getMasking();
    const createdAtMs = this.#dependencies.now();
    const spent = this.#unrecorded;
    this.#unrecorded = undefined;
    const event = {
      sessionId,
      epoch,
      sequence,
      role,
      eventType,
      content: masking.maskText(content),
      metadata: masking.maskValue(spent ? { ...metadata, spentUsd: this.#spentUsd } : metadata),
      commandId,
      createdAtMs,
    };
    if (isOwn(event)) this.events.push(event);
    this.#dropOlderEvents();
    if (!this.#hasStopped)
      this.#writeBuffer.addWrite({
        kind: 'event',
        rowId: createId(),
        sessionId,
        epoch,
        chatId,
        event,
        frame: frameOf(event),
        isLast,
        ...(spent && { spent }),
      });
    this.#dependencies.onRecorded?.(event);
    return event;
  }

  /** Drops many events at a time: moving an array's elements costs as much for one as for many. */
  #dropOlderEvents(): void {
    const excess = this.events.length - limits.transcriptEventsMax;
    if (excess > transcriptSlackEvents) this.events.splice(0, excess);
  }

  /** Resolves true once everything up to `sequence` is committed; false when this actor lost its session first. */
  waitUntilStored(sequence: number): Promise<boolean> {
    if (this.#hasStopped) return Promise.resolve(false);
    if (sequence <= this.#committed) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiting.push({ sequence, resolve }));
  }

  markCommitted(sequence: number): void {
    if (sequence > this.#committed) this.#committed = sequence;
    this.#settleWaiting((waiter) => waiter.sequence <= this.#committed, true);
  }

  /** Remembers the substitute that is stored in the place of an event that PostgreSQL refused. */
  replaceEvent(substitute: StoredEvent): void {
    const event = this.events.findLast(({ sequence }) => sequence === substitute.sequence);
    if (event) Object.assign(event, substitute);
    this.#replaced++;
  }

  /** For when another owner has the session: nothing more is stored here. */
  stopStoring(): void {
    this.#hasStopped = true;
    this.#settleWaiting(() => true, false);
  }

  #settleWaiting(isDue: (waiter: { sequence: number }) => boolean, isStored: boolean): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((waiter) => !isDue(waiter));
    for (const { resolve } of due) resolve(isStored);
  }
}

const isUserMessage = (eventType: string): boolean => eventType === 'InitialTask' || eventType === 'UserMessage';

const isOwn = ({ metadata }: StoredEvent): boolean => metadata?.parentToolCallId === undefined;
