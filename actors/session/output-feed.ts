// Shows what a command prints while it runs: masked, several times a second at most, and of a flood only the newest.
import { limits } from '../../schema/limits.ts';
import type { Masking } from '../../schema/rules/masking.ts';

export type OutputFeedParts = {
  masking: Masking;
  /** Resolves true when the call's action is committed, so that no output overtakes it. */
  isDue(): Promise<boolean>;
  /** @param skippedChars how many came before this text and are not shown */
  send(text: string, skippedChars: number): void;
};

export class OutputFeed {
  readonly #parts: OutputFeedParts;
  readonly #decoder = new TextDecoder();
  readonly #masked: ReturnType<Masking['openStream']>;
  #waiting = '';
  #skippedChars = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDue = false;
  #hasEnded = false;

  constructor(parts: OutputFeedParts) {
    this.#parts = parts;
    this.#masked = parts.masking.openStream();
    void parts.isDue().then((isDue) => {
      this.#isDue = isDue;
      this.#flush();
    });
  }

  addOutput(chunk: Buffer): void {
    if (this.#hasEnded) return;
    this.#keep(this.#masked.add(this.#decoder.decode(chunk, { stream: true })));
    if (this.#waiting !== '') this.#timer ??= setTimeout(() => this.#flush(), limits.liveOutputIntervalMs).unref();
  }

  /** Nothing more comes; what waits is sent now. */
  endOutput(): void {
    this.#keep(this.#masked.add(this.#decoder.decode()) + this.#masked.end());
    this.#flush();
    this.#hasEnded = true;
  }

  #keep(text: string): void {
    const all = this.#waiting + text;
    const skipped = Math.max(0, all.length - limits.liveOutputCharsMax);
    this.#skippedChars += skipped;
    this.#waiting = all.slice(skipped);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isDue || this.#hasEnded || this.#waiting === '') return;
    this.#parts.send(this.#waiting, this.#skippedChars);
    this.#waiting = '';
    this.#skippedChars = 0;
  }
}
