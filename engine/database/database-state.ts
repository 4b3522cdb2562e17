// Whether PostgreSQL can be used: one state made of persistence's writes and the watch's probes, which clients are told.
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import type { PersistenceToMain } from '../../schema/thread.ts';

const silent = 'PostgreSQL does not answer.';

export class DatabaseState {
  readonly #onChange: (isAway: boolean) => void;
  #writesFail: string | undefined;
  #isAnswering = true;

  /** @param onChange is called when PostgreSQL can't be used any more, and when it can again */
  constructor(onChange: (isAway: boolean) => void) {
    this.#onChange = onChange;
  }

  /** Why nothing can be stored or read now, in a sentence; undefined when it can. */
  get problem(): string | undefined {
    if (this.#writesFail !== undefined) return `PostgreSQL does not take writes: ${this.#writesFail}`;
    return this.#isAnswering ? undefined : silent;
  }

  get isAway(): boolean {
    return this.problem !== undefined;
  }

  noteWrites({ isAvailable, reason }: Extract<PersistenceToMain, { kind: 'storage' }>): void {
    this.#change(() => {
      this.#writesFail = isAvailable ? undefined : reason;
    });
  }

  noteAnswering(isAnswering: boolean): void {
    this.#change(() => {
      this.#isAnswering = isAnswering;
    });
  }

  #change(change: () => void): void {
    const wasAway = this.isAway;
    change();
    if (this.isAway !== wasAway) this.#onChange(this.isAway);
  }
}

/** The transient frame that tells a client whether PostgreSQL is away. */
export const storageFrameOf = (isAway: boolean, sessionId: string | undefined): string =>
  encodeFrame({
    type: 'status',
    status: isAway ? 'storage_unavailable' : 'storage_restored',
    ...(sessionId !== undefined && { sessionId }),
    message: isAway
      ? 'The database does not answer. What was sent is kept and will be stored once it is back.'
      : 'The database answers again.',
  });
