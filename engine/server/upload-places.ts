// How many bytes of uploads are in memory at once, of all users and of each.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { UserCounts } from './user-counts.ts';

/** Each is in memory up to four times on its way into a workspace. */
const bytesMaxDefault = 64 * 1024 * 1024;
/** Uploads of one user: a page sends its files one or two at a time. */
const perUserMax = 2;

const full = failed('overloaded', 'Too much is uploaded at once.', { retryAfterMs: 2_000 });
const fullForUser = failed('overloaded', 'Two uploads of yours go on; wait for them.', { retryAfterMs: 1_000 });

export class UploadPlaces {
  readonly #bytesMax: number;
  readonly #ofUsers = new UserCounts(perUserMax);
  #bytes = 0;

  constructor(bytesMax: number = bytesMaxDefault) {
    this.#bytesMax = bytesMax;
  }

  /** @returns what gives the place back */
  take(userId: string, bytes: number): Outcome<() => void> {
    if (this.#ofUsers.isFull(userId)) return fullForUser;
    if (this.#bytes + bytes > this.#bytesMax) return full;
    this.#ofUsers.add(userId);
    this.#bytes += bytes;
    return succeeded(() => {
      this.#ofUsers.remove(userId);
      this.#bytes -= bytes;
    });
  }
}
