// Who reads a session's events: iterators, each with what it hasn't read yet, and listeners, who read at once.
import type { LucidError } from '../lucid-error.ts';
import { Emitter, type Listener } from './emitter.ts';
import { EventBuffer } from './event-buffer.ts';
import type { SessionEvent, TransientFrame } from './frames.ts';
import type { SessionSnapshot } from './state.ts';
import type { Gap } from './track.ts';

export type SessionValues = {
  event: SessionEvent;
  /** What happens while it happens: fragments of an answer, output of a command, the tree of files. */
  transient: TransientFrame;
  /** With each change of the state. */
  state: SessionSnapshot;
  gap: Gap;
  /** What is the matter, in a sentence; `retryable` where the session goes on by itself. */
  error: LucidError;
};

export class Readers {
  readonly #bufferedEventsMax: number;
  readonly #onRoom: () => void;
  readonly #emitter = new Emitter<SessionValues>();
  readonly #buffers = new Set<EventBuffer>();
  /** Events that came while nobody read, before the first reader or between two. */
  #unread: SessionEvent[] = [];
  #isFlushing = false;
  #end: { error?: LucidError | undefined } | undefined;

  /** @param onRoom hears when a reader who was too far behind has read */
  constructor(bufferedEventsMax: number, onRoom: () => void) {
    this.#bufferedEventsMax = bufferedEventsMax;
    this.#onRoom = onRoom;
  }

  /** Whether somebody is so far behind that no more should come. */
  get areFull(): boolean {
    return this.#unread.length >= this.#bufferedEventsMax || [...this.#buffers].some(({ isFull }) => isFull);
  }

  /** Whether everybody has read enough for more to come. */
  get haveRoom(): boolean {
    return this.#unread.length === 0 && [...this.#buffers].every(({ hasRoom }) => hasRoom);
  }

  on<Name extends keyof SessionValues>(name: Name, listener: Listener<SessionValues[Name]>): () => void {
    const stop = this.#emitter.on(name, listener);
    if (name === 'event') this.#flushSoon();
    return stop;
  }

  iterate(): EventBuffer {
    const buffer = new EventBuffer(this.#bufferedEventsMax, this.#onRoom, (unread) => this.#leave(buffer, unread));
    this.#buffers.add(buffer);
    this.#flushSoon();
    return buffer;
  }

  deliver(event: SessionEvent): void {
    if (this.#areAway || this.#unread.length > 0) this.#unread.push(event);
    else this.#handOut(event);
  }

  tell<Name extends Exclude<keyof SessionValues, 'event'>>(name: Name, value: SessionValues[Name]): void {
    this.#emitter.emit(name, value);
  }

  /** No more events come. @param error why, where it is for no good reason */
  end(error?: LucidError): void {
    this.#end ??= { error };
    this.#endIfRead();
  }

  get #areAway(): boolean {
    return this.#buffers.size === 0 && !this.#emitter.has('event');
  }

  #handOut(event: SessionEvent): void {
    for (const buffer of this.#buffers) buffer.add(event);
    this.#emitter.emit('event', event);
  }

  /** What nobody has read yet goes to all who begin to read in the same breath. */
  #flushSoon(): void {
    if (this.#unread.length === 0) return this.#endIfRead();
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#flush();
      this.#isFlushing = false;
      this.#endIfRead();
      this.#onRoom();
    });
  }

  /** A listener may leave with any of them: the rest waits for the next. */
  #flush(): void {
    for (let event = this.#takeUnread(); event; event = this.#takeUnread()) this.#handOut(event);
  }

  #takeUnread(): SessionEvent | undefined {
    return this.#areAway ? undefined : this.#unread.shift();
  }

  /** What the last reader leaves unread waits for the next; of several, the others have it. */
  #leave(buffer: EventBuffer, unread: SessionEvent[]): void {
    this.#buffers.delete(buffer);
    if (this.#areAway) this.#unread.unshift(...unread);
    this.#onRoom();
  }

  #endIfRead(): void {
    if (this.#end && this.#unread.length === 0) for (const buffer of this.#buffers) buffer.end(this.#end.error);
  }
}
