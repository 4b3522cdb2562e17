// The bus between engines: messages travel in arrays, one post per turn of the event loop and destination; what nobody waits
// for goes with the next post.
import {
  type BusMessage,
  encodeMessage,
  encodePost,
  type MessageOf,
  postBytesHardMax,
  postBytesMax,
  postMessagesMax,
  readJoined,
  readPost,
} from '../../schema/bus.ts';
import { envelopeBytes, LargeMessages } from './large-messages.ts';
import { PeerClocks } from './peer-clocks.ts';
import { PieceJoiner } from './pieces.ts';
import type { BusWire } from './wire.ts';

/** Bytes that wait in the connection: beyond that frames are left out, and events are read from PostgreSQL instead. */
const busBytesMax = 8 * 1024 * 1024;
/** Bytes that are sent before the server is asked whether it has read them: each answer wakes this thread as a post does. */
const uncountedBytesMax = 256 * 1024;
/** How long a message that nobody waits for waits for others to the same engine: nobody sees that a delta is so late. */
const gatherMs = 5;

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
  /** A message could not be received: it has a form that engines send, and says what none does, or the engine makes a mistake. */
  onThrown(error: unknown): void;
  onChange(isUp: boolean): void;
};

/** A message on its way out. */
type Encoded = { text: string; bytes: number };

/** What is to be said to one engine, or to all; `isDue` once something of it is urgent. */
type Outgoing = { messages: Encoded[]; isDue: boolean };

/** A message that nobody waits for may go `soon`: with the next one to the same engine, or a few milliseconds later. */
export type Urgency = 'now' | 'soon';

/** Where a message goes: to one engine, or to all. */
export type Destination = { bootId: string } | 'all';

export class Bus {
  readonly #dependencies: BusDependencies;
  readonly #clocks = new PeerClocks();
  readonly #outgoing = new Map<string, Outgoing>();
  #isPosting = false;
  #gathering: NodeJS.Timeout | undefined;
  #waitingBytes = 0;
  #unflushedBytes = 0;
  #isFlushing = false;
  readonly #joiner = new PieceJoiner();
  readonly #large: LargeMessages;

  constructor(dependencies: BusDependencies) {
    this.#dependencies = dependencies;
    this.#large = new LargeMessages(dependencies);
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

  /** @returns whether it may arrive: nothing does while the connection is away, or that is too large */
  send(to: Destination, message: BusMessage, urgency: Urgency = 'now'): boolean {
    const { wire } = this.#dependencies;
    if (!wire.isUp) return false;
    const text = encodeMessage(message);
    const bytes = Buffer.byteLength(text);
    if (bytes > Math.min(postBytesHardMax, wire.bytesMax) - envelopeBytes)
      return this.#large.send(this.#subjectOf(to), text, bytes);
    this.#waitingBytes += bytes;
    const outgoing = this.#outgoingTo(this.#subjectOf(to));
    outgoing.messages.push({ text, bytes });
    if (urgency === 'now') this.#postInTurn(outgoing);
    else this.#gathering ??= setTimeout(() => this.#postAll(), gatherMs);
    return true;
  }

  #outgoingTo(subject: string): Outgoing {
    const known = this.#outgoing.get(subject);
    if (known) return known;
    const outgoing: Outgoing = { messages: [], isDue: false };
    this.#outgoing.set(subject, outgoing);
    return outgoing;
  }

  #postInTurn(outgoing: Outgoing): void {
    outgoing.isDue = true;
    if (!this.#isPosting) setImmediate(() => this.#postDue());
    this.#isPosting = true;
  }

  /** To be called every few seconds. */
  forgetSilentPieces(): void {
    this.#joiner.forgetSilent(performance.now());
  }

  /** Sends what was said in this turn of the event loop, and waits until the server has it. */
  async flush(): Promise<void> {
    this.#postAll();
    if (this.isUp) await this.#dependencies.wire.flush();
  }

  close(): Promise<void> {
    clearTimeout(this.#gathering);
    return this.#dependencies.wire.close();
  }

  #subjectOf(to: Destination): string {
    const { cluster } = this.#dependencies;
    return to === 'all' ? `lucid.${cluster}.all` : `lucid.${cluster}.boot.${to.bootId}`;
  }

  #postDue(): void {
    this.#isPosting = false;
    for (const [subject, { messages, isDue }] of this.#outgoing) if (isDue) this.#post(subject, messages);
    void this.#countSent();
  }

  #postAll(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const [subject, { messages }] of this.#outgoing) this.#post(subject, messages);
    void this.#countSent();
  }

  #post(subject: string, messages: readonly Encoded[]): void {
    const { wire, bootId, now } = this.#dependencies;
    this.#outgoing.delete(subject);
    for (const { texts, bytes } of splitIntoPosts(messages, Math.min(postBytesMax, wire.bytesMax - envelopeBytes))) {
      this.#unflushedBytes += bytes;
      wire.send(subject, encodePost(bootId, now(), texts));
    }
  }

  /** A ping's answer says that the server has read everything before it. */
  async #countSent(): Promise<void> {
    if (this.#isFlushing || this.#unflushedBytes < uncountedBytesMax) return;
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
    this.#large.dropAll();
  }

  #receive(bytes: Uint8Array, listener: BusListener): void {
    const post = readPost(bytes);
    if (!post || post.refused > 0) listener.onRefused(bytes.byteLength);
    if (!post || post.from === this.bootId) return;
    const ageMs = this.#clocks.measureAge(post.from, post.atMs, this.#dependencies.now());
    for (const message of post.messages) {
      try {
        if (message.kind === 'piece') this.#receivePiece(post.from, message, { listener, ageMs });
        else listener.receive(post.from, message, ageMs);
      } catch (error) {
        listener.onThrown(error); // What is thrown on would end the connection for good.
      }
    }
  }

  #receivePiece(
    from: string,
    piece: MessageOf<'piece'>,
    { listener, ageMs }: { listener: BusListener; ageMs: number },
  ): void {
    const whole = this.#joiner.receive(from, piece, performance.now());
    if (!whole) return;
    const message = readJoined(whole);
    if (message && message.kind !== 'piece') listener.receive(from, message, ageMs);
    else listener.onRefused(whole.byteLength);
  }
}

/** A post has as many messages as fit; a larger message has one of its own. */
function* splitIntoPosts(
  messages: readonly Encoded[],
  bytesMax: number,
): Generator<{ texts: string[]; bytes: number }> {
  let [texts, bytes]: [string[], number] = [[], 0];
  for (const { text, bytes: more } of messages) {
    if (texts.length > 0 && (texts.length >= postMessagesMax || bytes + more > bytesMax)) {
      yield { texts, bytes };
      [texts, bytes] = [[], 0];
    }
    texts.push(text);
    bytes += more;
  }
  if (texts.length > 0) yield { texts, bytes };
}
