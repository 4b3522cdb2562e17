// Messages that don't fit into one post of the bus travel in pieces, which the receiver joins again.
import type { MessageOf } from '../../schema/bus.ts';

export type Piece = MessageOf<'piece'>;

/** Bytes of the largest message: an upload of `limits.uploadBytesMax` in base64, and its own fields. */
export const messageBytesMax = 16 * 1024 * 1024;
/** How long the next piece may take: its sender is dead by then, or its connection was away. */
const pieceSilenceMs = 10_000;
/** Bytes of all messages that are being joined: those of several engines at once. */
export const joiningBytesMax = 4 * messageBytesMax;

/** @param pieceBytesMax bytes of an encoded piece, in which every 3 bytes take 4 */
export function* splitIntoPieces(id: number, text: string, pieceBytesMax: number): Generator<Piece> {
  const bytes = Buffer.from(text);
  const size = Math.max(1, Math.floor((pieceBytesMax * 3) / 4));
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    yield { kind: 'piece', id, at, of: bytes.length, part: part.toString('base64') };
  }
}

type Joining = { id: number; of: number; bytes: number; parts: Buffer[]; heardAtMs: number };

/** Each sender sends one message after the other, its pieces in order: a lost piece loses its message, which is asked for again. */
export class PieceJoiner {
  readonly #bySender = new Map<string, Joining>();
  #bytes = 0;

  /** @param nowMs of a clock that only goes on @returns the whole message with its last piece */
  receive(from: string, { id, at, of, part }: Piece, nowMs: number): Buffer | undefined {
    if (at === 0) this.forget(from);
    const joining = at === 0 ? { id, of, bytes: 0, parts: [], heardAtMs: nowMs } : this.#bySender.get(from);
    const bytes = Buffer.from(part, 'base64');
    const fits = joining?.id === id && joining.of === of && joining.bytes === at && at + bytes.length <= of;
    if (!joining || !fits || of > messageBytesMax || bytes.length === 0) return this.forget(from);
    joining.parts.push(bytes);
    joining.bytes += bytes.length;
    joining.heardAtMs = nowMs;
    this.#bytes += bytes.length;
    this.#bySender.delete(from); // Who was heard last comes last.
    this.#bySender.set(from, joining);
    if (joining.bytes < of) return this.#makeRoom();
    this.forget(from);
    return Buffer.concat(joining.parts);
  }

  /** To be called every few seconds: what was joined of messages whose next piece doesn't come. */
  forgetSilent(nowMs: number): void {
    for (const [from, { heardAtMs }] of this.#bySender) if (nowMs - heardAtMs > pieceSilenceMs) this.forget(from);
  }

  /** Bytes of messages that aren't whole yet. */
  get bytes(): number {
    return this.#bytes;
  }

  forget(from: string): undefined {
    this.#bytes -= this.#bySender.get(from)?.bytes ?? 0;
    this.#bySender.delete(from);
  }

  /** Who has been silent longest gives way: its engine may be dead. */
  #makeRoom(): undefined {
    for (const [from] of this.#bySender) {
      if (this.#bytes <= joiningBytesMax) return;
      this.forget(from);
    }
  }
}
