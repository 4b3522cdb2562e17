// The bytes of an upload, which are let in only once somebody has said so: until then its connection is paused.
import type { HttpResponse } from 'uWebSockets.js';
import { Buffer } from 'node:buffer';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AbortState } from './abort-state.ts';

/** How long an upload may take: the largest one over a megabit a second. */
const uploadTimeoutMs = 120_000;

const tooLate = failed('requestTimeout', `The upload took longer than ${uploadTimeoutMs / 1_000} s.`);
/** Nobody hears it. */
const brokenOff = failed('badRequest', 'The upload was broken off.');

export class UploadBody {
  readonly #res: HttpResponse;
  readonly #aborting: AbortState;
  readonly #bytesMax: number;
  readonly #done = Promise.withResolvers<Outcome<Uint8Array>>();
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isWhole = false;
  #isOver = false;

  /** Must be made in uWebSockets.js's handler, which drops what comes afterwards and nobody takes. */
  constructor(res: HttpResponse, aborting: AbortState, bytesMax: number) {
    this.#res = res;
    this.#aborting = aborting;
    this.#bytesMax = bytesMax;
    aborting.onAborted = () => this.#end(brokenOff);
    res.onData((chunk, isLast) => this.#receive(chunk, isLast));
    res.pause();
  }

  /** Lets it in. @returns `bodyTooLarge`, or `requestTimeout`, where it isn't whole */
  async read(): Promise<Outcome<Uint8Array>> {
    const timer = setTimeout(() => this.#end(tooLate), uploadTimeoutMs);
    this.#resume();
    const outcome = await this.#done.promise;
    clearTimeout(timer);
    return outcome;
  }

  /** Takes what is left without keeping it, so that its connection can end. @returns whether something may be left */
  drop(): boolean {
    this.#end(brokenOff);
    this.#resume();
    return !this.#isWhole;
  }

  #resume(): void {
    if (!this.#aborting.isAborted) this.#res.resume();
  }

  #receive(chunk: ArrayBuffer, isLast: boolean): void {
    this.#isWhole = isLast;
    if (this.#isOver) return;
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#bytesMax) return this.#end(uploadTooLarge(this.#bytesMax));
    this.#chunks.push(Buffer.from(Buffer.from(chunk))); // The bytes are copied, since uWebSockets.js reuses the memory.
    if (isLast) this.#end(succeeded(new Uint8Array(Buffer.concat(this.#chunks))));
  }

  #end(outcome: Outcome<Uint8Array>): void {
    this.#isOver = true;
    this.#chunks = [];
    this.#done.resolve(outcome);
  }
}

export const uploadTooLarge = (bytesMax: number) =>
  failed('bodyTooLarge', `The upload is larger than ${bytesMax} bytes.`);
