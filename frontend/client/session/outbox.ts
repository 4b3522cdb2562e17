// Commands on their way: each has an id, is kept until the engine has acknowledged it, and is said again under that id.
import type { Said } from './said.ts';

export type Entry<Settled> = { said: Said; settled: Settled };

export type OutboxBounds = { commandsMax: number; charsMax: number };

export class Outbox<Settled> {
  readonly #bounds: OutboxBounds;
  /** In the order in which they were said. */
  readonly #entries = new Map<string, Entry<Settled> & { isSent: boolean }>();

  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @returns false where there is no room for it */
  add(said: Said, settled: Settled): boolean {
    const chars = [...this.#entries.values()].reduce((sum, entry) => sum + charsIn(entry.said), charsIn(said));
    if (this.size >= this.#bounds.commandsMax || chars > this.#bounds.charsMax) return false;
    this.#entries.set(said.id, { said, settled, isSent: false });
    return true;
  }

  /**
   * What is to be sent now. A message waits until the one before it is acknowledged, so that none overtakes another that was
   * refused for the moment; an interrupt and a stop wait for nothing.
   */
  takeDue(): Said[] {
    const entries = [...this.#entries.values()];
    const firstMessage = entries.find(({ said }) => said.type === 'message');
    const due = entries.filter((entry) => !entry.isSent && (entry.said.type !== 'message' || entry === firstMessage));
    for (const entry of due) entry.isSent = true;
    return due.map(({ said }) => said);
  }

  /** The engine has acknowledged or refused it for good. @returns who waits for that */
  settle(id: string | null | undefined): Settled | undefined {
    const entry = this.#entries.get(id ?? '');
    this.#entries.delete(id ?? '');
    return entry?.settled;
  }

  /** It was refused for the moment. @returns whether it is one of these */
  postpone(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry) entry.isSent = false;
    return entry !== undefined;
  }

  /** The connection is gone, and with it whatever wasn't acknowledged yet, perhaps. */
  postponeAll(): void {
    for (const entry of this.#entries.values()) entry.isSent = false;
  }

  /** @returns who waits for all that there was */
  clear(): Settled[] {
    const all = [...this.#entries.values()].map(({ settled }) => settled);
    this.#entries.clear();
    return all;
  }
}

const charsIn = (said: Said): number => (said.type === 'message' ? said.content.length : 0);
