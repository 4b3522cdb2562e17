// Sends fragments of an answer while it is written: masked, behind the events that came before it, and several at once.
import type { MaskedStream, Masking } from '../../schema/rules/masking.ts';

export type DeltaFeedDependencies = {
  getMasking(): Masking;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  waitUntilStored(): Promise<boolean>;
  /** Takes all fragments that came while it waited, as one. */
  sendText(text: string): void;
};

export class DeltaFeed {
  readonly #dependencies: DeltaFeedDependencies;
  #masked: MaskedStream | undefined;
  #waiting = '';

  constructor(dependencies: DeltaFeedDependencies) {
    this.#dependencies = dependencies;
  }

  addDelta(text: string): void {
    this.#masked ??= this.#dependencies.getMasking().openStream();
    this.#keepText(this.#masked.add(text));
  }

  /** Sends the end of the answer, which was held back in case a secret began there. */
  endDeltas(): void {
    this.#keepText(this.#masked?.finish() ?? '');
    this.#masked = undefined;
  }

  #keepText(text: string): void {
    const isFirst = this.#waiting === '';
    this.#waiting += text;
    if (isFirst && text !== '') void this.#sendWhenStored();
  }

  async #sendWhenStored(): Promise<void> {
    const isStored = await this.#dependencies.waitUntilStored();
    const text = this.#waiting;
    this.#waiting = '';
    if (isStored) this.#dependencies.sendText(text);
  }
}
