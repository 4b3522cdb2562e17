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
  /** Events from before anybody read. */
  #unread: SessionEvent[] | undefined = [];
  #isFlushing = false;
  #end: { error?: LucidError | undefined } | undefined;

  /** @param onRoom hears when a reader who was too far behind has read */
  constructor(bufferedEventsMax: number, onRoom: () => void) {
    this.#bufferedEventsMax = bufferedEventsMax;
    this.#onRoom = onRoom;
  }

  /** Whether somebody is so far behind that no more should come. */
  get areFull(): boolean {
    return (this.#unread?.length ?? 0) >= this.#bufferedEventsMax || [...this.#buffers].some(({ isFull }) => isFull);
  }

  /** Whether everybody has read enough for more to come. */
  get haveRoom(): boolean {
    return (this.#unread?.length ?? 0) === 0 && [...this.#buffers].every(({ hasRoom }) => hasRoom);
  }

  on<Name extends keyof SessionValues>(name: Name, listener: Listener<SessionValues[Name]>): () => void {
    if (name === 'event') this.#flush();
    return this.#emitter.on(name, listener);
  }

  iterate(): EventBuffer {
    this.#flush();
    const leave = (buffer: EventBuffer) => {
      this.#buffers.delete(buffer);
      this.#onRoom();
    };
    const buffer = new EventBuffer(this.#bufferedEventsMax, this.#onRoom, leave);
    this.#buffers.add(buffer);
    if (this.#end && !this.#unread) buffer.end(this.#end.error);
    return buffer;
  }

  deliver(event: SessionEvent): void {
    if (this.#unread) return void this.#unread.push(event);
    for (const buffer of this.#buffers) buffer.add(event);
    this.#emitter.emit('event', event);
  }

  tell<Name extends Exclude<keyof SessionValues, 'event'>>(name: Name, value: SessionValues[Name]): void {
    this.#emitter.emit(name, value);
  }

  /** No more events come. @param error why, where it is for no good reason */
  end(error?: LucidError): void {
    this.#end ??= { error };
    if (!this.#unread) for (const buffer of this.#buffers) buffer.end(this.#end.error);
  }

  /** What nobody has read yet goes to all who begin to read in the same breath. */
  #flush(): void {
    if (!this.#unread || this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      const unread = this.#unread ?? [];
      this.#unread = undefined;
      for (const event of unread) this.deliver(event);
      if (this.#end) for (const buffer of this.#buffers) buffer.end(this.#end.error);
      if (unread.length > 0) this.#onRoom();
    });
  }
}
