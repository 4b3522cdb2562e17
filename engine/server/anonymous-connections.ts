// Sockets of which nobody knows yet whose they are: so few at once that all they can make the engine hold is bounded.
import { type Failure, failed } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';

/** What unfinished frames of all of them may take: 256 such sockets at once, each of which is heard within a second or so. */
export const anonymousBytesMax = 64 * 1024 * 1024;

type Refusable = { refuse(failure: Failure): void };

export class AnonymousConnections {
  readonly #max: number;
  /** In the order in which they came. */
  readonly #strangers = new Set<Refusable>();

  /** @param max by default as many as their unfinished frames leave room for */
  constructor(max: number = Math.floor(anonymousBytesMax / limits.frameBytesMax)) {
    this.#max = max;
  }

  has(stranger: Refusable): boolean {
    return this.#strangers.has(stranger);
  }

  /** The one that has waited longest makes room: whoever means to say who they are has done so by then. */
  add(stranger: Refusable): void {
    this.#strangers.add(stranger);
    if (this.#strangers.size <= this.#max) return;
    const [longest] = this.#strangers;
    if (longest) this.delete(longest);
    longest?.refuse(tooManyAnonymous);
  }

  /** It has said who it is, or is gone. */
  delete(stranger: Refusable): void {
    this.#strangers.delete(stranger);
  }
}

const tooManyAnonymous = failed(
  'overloaded',
  'Too many clients have not said who they are; connect again, with a token.',
  {
    retryAfterMs: 1_000,
  },
).failure;
