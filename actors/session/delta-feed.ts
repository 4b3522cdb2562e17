// Sends fragments of an answer while it is written: behind the events that came before it, and several at once.

export class DeltaFeed {
  readonly #send: (text: string) => void;
  readonly #isDue: () => Promise<boolean>;
  #waiting = '';

  /**
   * @param isDue resolves true when all events so far are committed, so that no fragment overtakes them
   * @param send takes the fragments that came until then, as one
   */
  constructor(isDue: () => Promise<boolean>, send: (text: string) => void) {
    this.#isDue = isDue;
    this.#send = send;
  }

  add(text: string): void {
    const isFirst = this.#waiting === '';
    this.#waiting += text;
    if (isFirst && text !== '') void this.#sendWhenDue();
  }

  async #sendWhenDue(): Promise<void> {
    const isDue = await this.#isDue();
    const text = this.#waiting;
    this.#waiting = '';
    if (isDue) this.#send(text);
  }
}
