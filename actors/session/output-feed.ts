// Shows what a command prints while it runs, or what a model writes as a call's input: masked, several times a second at most, and of too much output only the newest.
import type { Masking } from '../../schema/rules/masking.ts';

/** How often clients get the output of a running command, or the input of a call, and how much of it in one frame. */
export const liveOutputIntervalMs = 100;
export const liveOutputCharsMax = 8_000;

export type OutputFeedDependencies = {
  masking: Masking;
  /** Resolves true when the events before it are committed, so that nothing overtakes them. */
  waitUntilStored(): Promise<boolean>;
  /** @param skippedChars how many came before this text and are not shown */
  sendText(text: string, skippedChars: number): void;
};

export class OutputFeed {
  readonly #dependencies: OutputFeedDependencies;
  readonly #decoder = new TextDecoder();
  readonly #masked: ReturnType<Masking['openStream']>;
  #waiting = '';
  #skippedChars = 0;
  #timer: NodeJS.Timeout | undefined;
  #isActionStored = false;
  #hasEnded = false;

  constructor(dependencies: OutputFeedDependencies) {
    this.#dependencies = dependencies;
    this.#masked = dependencies.masking.openStream();
    void dependencies.waitUntilStored().then((isStored) => {
      this.#isActionStored = isStored;
      this.#sendWaiting();
    });
  }

  addOutput(chunk: Buffer): void {
    this.addText(this.#decoder.decode(chunk, { stream: true }));
  }

  addText(text: string): void {
    if (this.#hasEnded) return;
    this.#keepNewest(this.#masked.add(text));
    if (this.#waiting !== '') this.#timer ??= setTimeout(() => this.#sendWaiting(), liveOutputIntervalMs).unref();
  }

  /** Sends what waits; nothing more comes. */
  endOutput(): void {
    this.#keepNewest(this.#masked.add(this.#decoder.decode()) + this.#masked.finish());
    this.#sendWaiting();
    this.#hasEnded = true;
  }

  #keepNewest(text: string): void {
    const all = this.#waiting + text;
    const skipped = Math.max(0, all.length - liveOutputCharsMax);
    this.#skippedChars += skipped;
    this.#waiting = all.slice(skipped);
  }

  #sendWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isActionStored || this.#hasEnded || this.#waiting === '') return;
    this.#dependencies.sendText(this.#waiting, this.#skippedChars);
    this.#waiting = '';
    this.#skippedChars = 0;
  }
}
