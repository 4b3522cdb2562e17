// What one reader of a session hasn't read yet: bounded, and ended with the session or with an error.
import type { SessionEvent } from './frames.ts';

type Waiting = { resolve(result: IteratorResult<SessionEvent, undefined>): void; reject(error: Error): void };

export class EventBuffer implements AsyncIterableIterator<SessionEvent, undefined> {
  readonly #max: number;
  readonly #onRoom: () => void;
  readonly #onReturn: (unread: SessionEvent[]) => void;
  readonly #events: SessionEvent[] = [];
  #waiting: Waiting[] = [];
  #end: { error?: Error | undefined } | undefined;

  /** @param onRoom hears when half of it has been read @param onReturn gets what its reader leaves unread */
  constructor(max: number, onRoom: () => void, onReturn: (unread: SessionEvent[]) => void) {
    this.#max = max;
    this.#onRoom = onRoom;
    this.#onReturn = onReturn;
  }

  get isFull(): boolean {
    return this.#events.length >= this.#max;
  }

  get hasRoom(): boolean {
    return this.#events.length <= this.#max / 2;
  }

  add(event: SessionEvent): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value: event });
    else this.#events.push(event);
  }

  /** What it holds is still read first. */
  end(error?: Error): void {
    this.#end ??= { error };
    for (const waiting of this.#waiting.splice(0)) settle(waiting, this.#end);
  }

  next(): Promise<IteratorResult<SessionEvent, undefined>> {
    const event = this.#events.shift();
    if (event) {
      if (this.hasRoom) this.#onRoom();
      return Promise.resolve({ done: false, value: event });
    }
    return new Promise((resolve, reject) => {
      if (this.#end) settle({ resolve, reject }, this.#end);
      else this.#waiting.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<SessionEvent, undefined>> {
    this.end();
    this.#onReturn(this.#events.splice(0));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** An error is thrown to one reader; whoever asks again hears that there is no more. */
function settle({ resolve, reject }: Waiting, end: { error?: Error | undefined }): void {
  const { error } = end;
  end.error = undefined;
  if (error) reject(error);
  else resolve({ done: true, value: undefined });
}
