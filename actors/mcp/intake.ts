// Bounds what a server sends: one that floods or sends a huge message is cut off while that is read.

/** Bytes of one message: a large text, or an image that models take. */
const messageBytesMax = 6 * 1024 * 1024;
/** Bytes of a page of the list of its tools, or of what it says of itself: they are read in one go. */
const listBytesMax = 1024 * 1024;
const listing: ReadonlySet<string | undefined> = new Set(['initialize', 'tools/list']);
/** Bytes and messages between two requests of the engine: progress and notices of a call that runs for minutes. */
const unaskedBytesMax = 16 * 1024 * 1024;
const unaskedMessagesMax = 5_000;

export class Intake {
  readonly #onRefused: (reason: string) => void;
  #bytes = 0;
  #messages = 0;
  #messageBytesMax = messageBytesMax;
  #isRefused = false;

  /** @param onRefused is told once; the server is to be cut off then */
  constructor(onRefused: (reason: string) => void) {
    this.#onRefused = onRefused;
  }

  /** The engine asks for something. @param method what for */
  noteRequest(method?: string): void {
    this.#messageBytesMax = listing.has(method) ? listBytesMax : messageBytesMax;
    this.#bytes = 0;
    this.#messages = 0;
  }

  /** @param messageBytes of the message that is being read, so far @returns whether reading may go on */
  noteBytes(bytes: number, messageBytes: number): boolean {
    this.#bytes += bytes;
    const max = this.#messageBytesMax;
    if (messageBytes > max) this.refuse(`It sent a message of more than ${max} bytes.`);
    else if (this.#bytes > unaskedBytesMax) this.refuse(`It sent more than ${unaskedBytesMax} bytes at once.`);
    return !this.#isRefused;
  }

  /** @returns whether reading may go on */
  noteMessages(count: number): boolean {
    this.#messages += count;
    if (this.#messages > unaskedMessagesMax) this.refuse(`It sent more than ${unaskedMessagesMax} messages at once.`);
    return !this.#isRefused;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Cuts the server off, for the reason that was given first. */
  refuse(reason: string): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#onRefused(reason);
  }
}
