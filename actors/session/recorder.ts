// Records a session's events: numbers them, encodes each frame once, and knows which are committed.
import { type EventMetadata, frameOf, type Role, type StoredEvent } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import type { Masking } from '../../schema/rules/masking.ts';
import type { SessionRecord, StoredState } from '../../schema/session.ts';
import { newId } from '../new-id.ts';
import type { Outbox } from '../outbox.ts';

export type Recording = {
  role: Role;
  eventType: string;
  content: string;
  metadata?: EventMetadata | null;
  commandId?: string | null;
  /** The session's last event. */
  isLast?: boolean;
};

export type RecorderParts = {
  record: SessionRecord;
  writeBuffer: Outbox;
  /** What must be in no event. */
  getMasking(): Masking;
  now(): number;
};

export class Recorder {
  readonly #parts: RecorderParts;
  readonly #record: SessionRecord;
  readonly #outbox: Outbox;
  /** The session's events in order; the older ones are only in PostgreSQL. */
  readonly events: StoredEvent[];
  #sequence: number;
  #committed: number;
  #waiting: { sequence: number; resolve: (stored: boolean) => void }[] = [];
  #isCutOff = false;
  /** What was stored last of the session itself; not known of one that was read back, whose clients came and went meanwhile. */
  #shown: { isActive: boolean; state: StoredState } | undefined;

  /** @param events what is stored already; a new session has none and is not stored itself */
  constructor(parts: RecorderParts, events: StoredEvent[] | undefined) {
    this.#parts = parts;
    this.#record = parts.record;
    this.#outbox = parts.writeBuffer;
    this.events = events ?? [];
    this.#sequence = this.events.at(-1)?.sequence ?? 0;
    this.#committed = events ? this.#sequence : -1;
  }

  /** The sequence of the newest event, stored or not. */
  get sequence(): number {
    return this.#sequence;
  }

  get hasOpened(): boolean {
    return this.#committed >= 0;
  }

  get hasUncommitted(): boolean {
    return this.#committed < this.#sequence;
  }

  /** Stores the session itself, before its first event. */
  open(isActive: boolean, sealedSecrets: string | null): void {
    const { sessionId, epoch, state } = this.#record;
    this.#shown = { isActive, state };
    this.#outbox.add({ kind: 'open', sessionId, epoch, record: this.#record, isActive, sealedSecrets });
  }

  /** Stores whether somebody is there or work goes on, and what state a restart finds, where that has changed. */
  update(isActive: boolean, state: StoredState): void {
    if (this.#shown?.isActive === isActive && this.#shown.state === state) return;
    this.#shown = { isActive, state };
    const { sessionId, epoch, chatId } = this.#record;
    if (!this.#isCutOff) this.#outbox.add({ kind: 'update', sessionId, epoch, chatId, isActive, state });
  }

  /** Whether an event records this, or something that reads the same without its secrets; a task is a message. */
  isOf(event: StoredEvent, { role, eventType, content }: Recording): boolean {
    if (event.role !== role || (role !== 'user' && event.eventType !== eventType)) return false;
    const masking = this.#parts.getMasking();
    return masking.maskText(event.content) === masking.maskText(content);
  }

  record({ role, eventType, content, metadata = null, commandId = null, isLast = false }: Recording): StoredEvent {
    const { sessionId, epoch, chatId } = this.#record;
    const sequence = ++this.#sequence;
    const masking = this.#parts.getMasking();
    const createdAtMs = this.#parts.now();
    const event = {
      sessionId,
      epoch,
      sequence,
      role,
      eventType,
      content: masking.maskText(content),
      metadata: masking.maskValue(metadata),
      commandId,
      createdAtMs,
    };
    this.events.push(event);
    this.#leaveOlder();
    if (!this.#isCutOff)
      this.#outbox.add({
        kind: 'event',
        rowId: newId(),
        sessionId,
        epoch,
        chatId,
        event,
        frame: frameOf(event),
        isLast,
      });
    return event;
  }

  /** Not event by event: moving an array's elements down costs as much for one as for many. */
  #leaveOlder(): void {
    const more = this.events.length - limits.transcriptEventsMax;
    if (more > limits.transcriptSlackEvents) this.events.splice(0, more);
  }

  /** Resolves true once everything up to `sequence` is committed; false when this actor lost its session first. */
  stored(sequence: number): Promise<boolean> {
    if (this.#isCutOff) return Promise.resolve(false);
    if (sequence <= this.#committed) return Promise.resolve(true);
    return new Promise((resolve) => this.#waiting.push({ sequence, resolve }));
  }

  /** Persistence committed everything up to `sequence`. */
  committed(sequence: number): void {
    if (sequence > this.#committed) this.#committed = sequence;
    this.#settle((waiter) => waiter.sequence <= this.#committed, true);
  }

  /** What is remembered is what is stored: an event that was refused becomes the one that stands in its place. */
  replaced(substitute: StoredEvent): void {
    const event = this.events.findLast(({ sequence }) => sequence === substitute.sequence);
    if (event) Object.assign(event, substitute);
  }

  /** Another owner has the session now: nothing of this one is stored any more. */
  cutOff(): void {
    this.#isCutOff = true;
    this.#settle(() => true, false);
  }

  #settle(isDue: (waiter: { sequence: number }) => boolean, stored: boolean): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((waiter) => !isDue(waiter));
    for (const { resolve } of due) resolve(stored);
  }
}
