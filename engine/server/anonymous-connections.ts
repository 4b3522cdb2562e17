// The connections whose clients haven't said who they are: few enough at once that what they make the engine hold is bounded.
import { type Failure, failed } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';

/** The unfinished frames of all such sockets together: 256 sockets at once, each of which is answered within a second or so. */
export const anonymousBytesMax = 64 * 1024 * 1024;

type Refusable = { refuse(failure: Failure): void };

export class AnonymousConnections {
  readonly #max: number;
  /** The order is the one in which they came. */
  readonly #connections = new Set<Refusable>();

  /** @param max by default as many as `anonymousBytesMax` has room for */
  constructor(max: number = Math.floor(anonymousBytesMax / limits.frameBytesMax)) {
    this.#max = max;
  }

  has(connection: Refusable): boolean {
    return this.#connections.has(connection);
  }

  /** The oldest one makes room, since a client that means to say who it is has done so by then. */
  add(connection: Refusable): void {
    this.#connections.add(connection);
    if (this.#connections.size <= this.#max) return;
    const [oldest] = this.#connections;
    if (oldest) this.delete(oldest);
    oldest?.refuse(tooManyAnonymous);
  }

  delete(connection: Refusable): void {
    this.#connections.delete(connection);
  }
}

const tooManyAnonymous = failed(
  'overloaded',
  'Too many clients have not said who they are; connect again, with a token.',
  {
    retryAfterMs: 1_000,
  },
).failure;
