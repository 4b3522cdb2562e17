// Shows clients how the session stands: when that has changed, several times a second at most, and behind the events it tells of.
import type { SessionNow } from '../../schema/session-now.ts';

/** How often clients get a new one. */
export const nowIntervalMs = 200;

export type NowFeedDependencies = {
  hasAudience(): boolean;
  describeNow(): SessionNow;
  /** Resolves true when all events so far are committed. */
  waitUntilStored(): Promise<boolean>;
  sendNow(now: SessionNow): void;
};

export class NowFeed {
  readonly #dependencies: NowFeedDependencies;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** What was sent last, as text. */
  #sent = '';

  constructor(dependencies: NowFeedDependencies) {
    this.#dependencies = dependencies;
  }

  /** To be called when something may have changed. */
  scheduleNow(): void {
    if (this.#isClosed || this.#timer || !this.#dependencies.hasAudience()) return;
    this.#timer = setTimeout(() => void this.#sendChanged(), nowIntervalMs).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #sendChanged(): Promise<void> {
    if (!this.#dependencies.hasAudience()) {
      this.#timer = undefined; // Who comes later is told when it comes.
      return;
    }
    const now = this.#dependencies.describeNow();
    const text = JSON.stringify(now);
    const isStored = text !== this.#sent && (await this.#dependencies.waitUntilStored());
    this.#timer = undefined;
    if (!isStored || this.#isClosed) return;
    this.#sent = text;
    this.#dependencies.sendNow(now);
    this.scheduleNow(); // What changed while it waited was not scheduled.
  }
}
