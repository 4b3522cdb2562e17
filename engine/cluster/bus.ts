// The bus between engines: messages travel in arrays, one post per turn of the event loop and destination.
import {
  type BusMessage,
  encodeMessage,
  encodePost,
  postBytesHardMax,
  postBytesMax,
  postMessagesMax,
  readPost,
} from '../../schema/bus.ts';
import { PeerClocks } from './peer-clocks.ts';
import type { BusWire } from './wire.ts';

/** Bytes that wait in the connection: beyond that frames are left out, and events are read from PostgreSQL instead. */
const busBytesMax = 8 * 1024 * 1024;
/** Room that a post's own fields take. */
const envelopeBytes = 1_024;

export type BusDependencies = {
  wire: BusWire;
  /** The name of the cluster: engines of others on the same servers aren't heard. */
  cluster: string;
  /** This life of the process, which is its address. */
  bootId: string;
  /** Milliseconds since 1970. */
  now(): number;
};

export type BusListener = {
  /** @param ageMs how much longer than usual it was on its way */
  receive(from: string, message: BusMessage, ageMs: number): void;
  /** Something came that no engine sends. */
  onRefused(bytes: number): void;
  onChange(isUp: boolean): void;
};

/** Where a message goes: to one engine, or to all. */
export type Destination = { bootId: string } | 'all';

export class Bus {
  readonly #dependencies: BusDependencies;
  readonly #clocks = new PeerClocks();
  readonly #outgoing = new Map<string, string[]>();
  #isPosting = false;
  #waitingBytes = 0;
  #unflushedBytes = 0;
  #isFlushing = false;

  constructor(dependencies: BusDependencies) {
    this.#dependencies = dependencies;
  }

  get bootId(): string {
    return this.#dependencies.bootId;
  }

  get isUp(): boolean {
    return this.#dependencies.wire.isUp;
  }

  /** Whether more waits to be sent than should. */
  get isFull(): boolean {
    return this.#waitingBytes >= busBytesMax;
  }

  start(listener: BusListener): void {
    const { wire, bootId } = this.#dependencies;
    const receive = (bytes: Uint8Array) => this.#receive(bytes, listener);
    wire.listen(this.#subjectOf({ bootId }), receive);
    wire.listen(this.#subjectOf('all'), receive);
    wire.onChange((isUp) => {
      if (!isUp) this.#dropAll();
      listener.onChange(isUp);
    });
    wire.open();
  }

  /** @returns whether it may arrive: nothing does while the connection is away, or that is larger than servers take */
  send(to: Destination, message: BusMessage): boolean {
    const { wire } = this.#dependencies;
    if (!wire.isUp) return false;
    const text = encodeMessage(message);
    const bytes = Buffer.byteLength(text);
    if (bytes > Math.min(postBytesHardMax, wire.bytesMax) - envelopeBytes) return false;
    this.#waitingBytes += bytes;
    const subject = this.#subjectOf(to);
    const messages = this.#outgoing.get(subject);
    if (messages) messages.push(text);
    else this.#outgoing.set(subject, [text]);
    if (!this.#isPosting) setImmediate(() => this.#post());
    this.#isPosting = true;
    return true;
  }

  /** Sends what was said in this turn of the event loop, and waits until the server has it. */
  async flush(): Promise<void> {
    this.#post();
    if (this.isUp) await this.#dependencies.wire.flush();
  }

  close(): Promise<void> {
    return this.#dependencies.wire.close();
  }

  #subjectOf(to: Destination): string {
    const { cluster } = this.#dependencies;
    return to === 'all' ? `lucid.${cluster}.all` : `lucid.${cluster}.boot.${to.bootId}`;
  }

  #post(): void {
    this.#isPosting = false;
    const { wire, bootId, now } = this.#dependencies;
    for (const [subject, messages] of this.#outgoing)
      for (const part of splitIntoPosts(messages, Math.min(postBytesMax, wire.bytesMax - envelopeBytes))) {
        const bytes = encodePost(bootId, now(), part);
        this.#unflushedBytes += part.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        wire.send(subject, bytes);
      }
    this.#outgoing.clear();
    void this.#countSent();
  }

  /** A ping's answer says that the server has read everything before it. */
  async #countSent(): Promise<void> {
    if (this.#isFlushing || this.#unflushedBytes === 0) return;
    this.#isFlushing = true;
    const bytes = this.#unflushedBytes;
    this.#unflushedBytes = 0;
    await this.#dependencies.wire.flush().catch(() => undefined); // What the connection lost is counted as sent.
    this.#isFlushing = false;
    this.#waitingBytes = Math.max(0, this.#waitingBytes - bytes);
    void this.#countSent();
  }

  #dropAll(): void {
    this.#outgoing.clear();
    this.#waitingBytes = 0;
    this.#unflushedBytes = 0;
  }

  #receive(bytes: Uint8Array, listener: BusListener): void {
    const post = readPost(bytes);
    if (!post || post.refused > 0) listener.onRefused(bytes.byteLength);
    if (!post || post.from === this.bootId) return;
    const ageMs = this.#clocks.measureAge(post.from, post.atMs, this.#dependencies.now());
    for (const message of post.messages) listener.receive(post.from, message, ageMs);
  }
}

/** A post has as many messages as fit; a larger message has one of its own. */
function* splitIntoPosts(messages: readonly string[], bytesMax: number): Generator<string[]> {
  let post: string[] = [];
  let bytes = 0;
  for (const text of messages) {
    const more = Buffer.byteLength(text);
    if (post.length > 0 && (post.length >= postMessagesMax || bytes + more > bytesMax)) {
      yield post;
      [post, bytes] = [[], 0];
    }
    post.push(text);
    bytes += more;
  }
  if (post.length > 0) yield post;
}
