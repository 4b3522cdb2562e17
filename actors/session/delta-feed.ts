// Sends fragments of an answer while it is written: masked, behind the events that came before it, and several at once.
import type { MaskedStream, Masking } from '../../schema/rules/masking.ts';

export type DeltaFeedParts = {
  masking(): Masking;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  isDue(): Promise<boolean>;
  /** Takes the fragments that came until then, as one. */
  send(text: string): void;
};

export class DeltaFeed {
  readonly #parts: DeltaFeedParts;
  #masked: MaskedStream | undefined;
  #waiting = '';

  constructor(parts: DeltaFeedParts) {
    this.#parts = parts;
  }

  add(text: string): void {
    this.#masked ??= this.#parts.masking().openStream();
    this.#keep(this.#masked.add(text));
  }

  /** Nothing more of this answer comes: its end is no longer held back for a secret that could have begun there. */
  end(): void {
    this.#keep(this.#masked?.end() ?? '');
    this.#masked = undefined;
  }

  #keep(text: string): void {
    const isFirst = this.#waiting === '';
    this.#waiting += text;
    if (isFirst && text !== '') void this.#sendWhenDue();
  }

  async #sendWhenDue(): Promise<void> {
    const isDue = await this.#parts.isDue();
    const text = this.#waiting;
    this.#waiting = '';
    if (isDue) this.#parts.send(text);
  }
}
