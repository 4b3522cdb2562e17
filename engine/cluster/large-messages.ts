// Sends messages that don't fit into one post: in pieces, one message after the other, so that what is smaller needn't wait long.
import { encodeMessage, encodePost, postBytesMax } from '../../schema/bus.ts';
import { messageBytesMax, splitIntoPieces } from './pieces.ts';
import type { BusWire } from './wire.ts';

/** Bytes of large messages that wait to be sent in pieces: several uploads. */
const waitingBytesMax = 4 * messageBytesMax;
/** Pieces of a large message that are sent before the server has read them. */
const piecesAtOnceMax = 4;
/** Room that a post's own fields take. */
export const envelopeBytes = 1_024;

export type LargeMessagesDependencies = {
  wire: Pick<BusWire, 'bytesMax' | 'send' | 'flush'>;
  bootId: string;
  /** Milliseconds since 1970. */
  now(): number;
};

type Large = { subject: string; text: string; bytes: number };

export class LargeMessages {
  readonly #dependencies: LargeMessagesDependencies;
  #waiting: Large[] = [];
  #waitingBytes = 0;
  #isSending = false;
  #pieceId = 0;

  constructor(dependencies: LargeMessagesDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param text the encoded message @returns whether it may arrive: not where it is too large, or too much waits */
  send(subject: string, text: string, bytes: number): boolean {
    if (bytes > messageBytesMax || this.#waitingBytes + bytes > waitingBytesMax) return false;
    this.#waiting.push({ subject, text, bytes });
    this.#waitingBytes += bytes;
    if (!this.#isSending) void this.#sendAll();
    return true;
  }

  /** The connection is away: what is left of each would be joined with nothing. */
  dropAll(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      await this.#sendPieces(next).catch(() => undefined); // What the connection lost is asked for again.
      if (this.#waiting[0] !== next) continue;
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
    }
    this.#isSending = false;
  }

  async #sendPieces(large: Large): Promise<void> {
    const { wire, bootId, now } = this.#dependencies;
    let sent = 0;
    const pieceBytesMax = Math.min(postBytesMax, wire.bytesMax) - envelopeBytes;
    for (const piece of splitIntoPieces(++this.#pieceId, large.text, pieceBytesMax)) {
      if (this.#waiting[0] !== large) return; // The connection was away meanwhile.
      wire.send(large.subject, encodePost(bootId, now(), [encodeMessage(piece)]));
      if (++sent % piecesAtOnceMax === 0) await wire.flush();
    }
  }
}
