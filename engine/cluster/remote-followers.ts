// The engines that follow sessions of this one: each is one follower of a session, however many sockets it has there.
import { type MessageOf, postMessagesMax } from '../../schema/bus.ts';
import type { Failure, Outcome } from '../../schema/error.ts';
import { everything, type Features } from '../../schema/protocol/additions.ts';
import type { History } from '../database/history.ts';
import { type Entry, type Follower, type Frame, type NumberedFrames, textOf } from '../sessions/directory.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { isHandedBack } from './asks.ts';
import type { Bus } from './bus.ts';

/** A follower that wasn't named for so long has left: several roll-calls were lost, or its engine is dead. */
export const followerSilenceMs = 10_000;

export type RemoteFollowersDependencies = {
  bus: Pick<Bus, 'send' | 'isFull'>;
  sessions: Pick<Sessions, 'follow' | 'unfollow' | 'watch' | 'unwatch'>;
  history: Pick<History, 'listLastSequences'>;
  /** The session's entry, where this engine has the session, or may take it for clients. */
  findHere(sessionId: string): Promise<Outcome<Entry>>;
  /** The session, where this engine has it, which is left as it is; otherwise undefined. */
  findAsIs(sessionId: string): Promise<Pick<Entry, 'sessionId' | 'chatId'> | undefined>;
  now(): number;
};

type Asked = MessageOf<'follow'>['follows'][number];

export class RemoteFollowers {
  readonly #dependencies: RemoteFollowersDependencies;
  /** Of each session, by boot. */
  readonly #followers = new Map<string, Map<string, RemoteFollower>>();

  constructor(dependencies: RemoteFollowersDependencies) {
    this.#dependencies = dependencies;
  }

  /** Followers of other engines, one for each session and engine. */
  get size(): number {
    return this.#followers.values().reduce((sum, ofSession) => sum + ofSession.size, 0);
  }

  /** Whether clients at that engine follow the session. */
  hasClientsAt(bootId: string, sessionId: string): boolean {
    return this.#find(sessionId, bootId)?.isClient === true;
  }

  /** Adds who is missing, and answers up to where each session is stored: all that is asked at once with two queries. */
  async receiveFollow(from: string, { follows }: MessageOf<'follow'>): Promise<void> {
    const found = await Promise.all(follows.map((asked) => this.#ensure(from, asked)));
    await this.#readStored(found.filter((follower) => follower?.isNew === true) as RemoteFollower[]);
    const named = found.filter((follower) => follower !== undefined);
    const stored = named.flatMap(({ isNew, sessionId, stored }): [string, number][] =>
      isNew ? [] : [[sessionId, stored]],
    );
    const gone = follows.filter((_, at) => found[at] === undefined).map(({ sessionId }) => sessionId);
    this.#dependencies.bus.send({ bootId: from }, { kind: 'followed', stored, gone });
  }

  /** Without PostgreSQL they are dropped, since the next roll-call would be told that nothing is stored. */
  async #readStored(followers: readonly RemoteFollower[]): Promise<void> {
    if (followers.length === 0) return;
    const read = this.#dependencies.history.listLastSequences(followers.map(({ chatId }) => chatId));
    const sequences = await read.catch(() => undefined);
    for (const follower of followers) {
      const { sessionId, bootId, chatId } = follower;
      follower.stored = Math.max(follower.stored, sequences?.get(chatId) ?? 0);
      follower.isNew = sequences === undefined;
      if (follower.isNew && this.#find(sessionId, bootId) === follower) this.#drop(sessionId, bootId);
    }
  }

  receiveUnfollow(from: string, { sessionId }: MessageOf<'unfollow'>): void {
    this.#drop(sessionId, from);
  }

  /** To be called every few seconds. */
  dropSilent(): void {
    const beforeMs = this.#dependencies.now() - followerSilenceMs;
    for (const ofSession of [...this.#followers.values()])
      for (const { sessionId, bootId, namedAtMs } of [...ofSession.values()])
        if (namedAtMs < beforeMs) this.#drop(sessionId, bootId);
  }

  /** None can be told anything; those that can be again say so in their roll-calls. */
  dropAll(): void {
    for (const ofSession of [...this.#followers.values()])
      for (const { sessionId, bootId } of [...ofSession.values()]) this.#drop(sessionId, bootId);
  }

  /** This engine doesn't have the session any more: whoever follows it looks for its owner. */
  tellMoved(entry: Entry): void {
    const { sessionId } = entry;
    for (const [bootId, follower] of [...(this.#followers.get(sessionId) ?? [])]) {
      entry.followers.delete(follower);
      this.#drop(sessionId, bootId);
      this.#dependencies.bus.send({ bootId }, { kind: 'moved', sessionId });
    }
  }

  /** @returns undefined where this engine doesn't have the session */
  async #ensure(bootId: string, asked: Asked): Promise<RemoteFollower | undefined> {
    const { sessionId } = asked;
    const { findHere, findAsIs, now } = this.#dependencies;
    const isClient = asked.clients > 0;
    const known = this.#find(sessionId, bootId);
    if (known?.isClient === isClient) {
      known.namedAtMs = now();
      return known;
    }
    if (!isClient) {
      const watched = await findAsIs(sessionId);
      return watched && this.#add(bootId, watched);
    }
    const entry = await findHere(sessionId);
    return entry.ok ? this.#add(bootId, entry.value, entry.value) : undefined;
  }

  /**
   * It is added before anything is read, so that what is committed from here on comes by itself.
   * @param entry where it has clients
   */
  #add(bootId: string, { sessionId, chatId }: Pick<Entry, 'sessionId' | 'chatId'>, entry?: Entry): RemoteFollower {
    const { bus, sessions, now } = this.#dependencies;
    const isClient = entry !== undefined;
    const onEnd = () => this.#drop(sessionId, bootId);
    const follower = new RemoteFollower({ bus, bootId, sessionId, chatId, isClient, namedAtMs: now() }, onEnd);
    const ofSession = this.#followers.get(sessionId) ?? new Map<string, RemoteFollower>();
    const before = ofSession.get(bootId);
    this.#followers.set(sessionId, ofSession.set(bootId, follower));
    follower.leave = () => (entry ? sessions.unfollow(entry, follower) : sessions.unwatch(sessionId, follower));
    if (entry) sessions.follow(entry, follower);
    else sessions.watch(sessionId, follower);
    before?.leave();
    return follower;
  }

  #find(sessionId: string, bootId: string): RemoteFollower | undefined {
    return this.#followers.get(sessionId)?.get(bootId);
  }

  #drop(sessionId: string, bootId: string): void {
    const ofSession = this.#followers.get(sessionId);
    const follower = ofSession?.get(bootId);
    ofSession?.delete(bootId);
    if (ofSession?.size === 0) this.#followers.delete(sessionId);
    follower?.leave();
  }
}

type Identity = Pick<RemoteFollower, 'bootId' | 'sessionId' | 'chatId' | 'isClient' | 'namedAtMs'> & {
  bus: Pick<Bus, 'send' | 'isFull'>;
};

class RemoteFollower implements Follower {
  readonly features: Features = everything;
  readonly bootId: string;
  readonly sessionId: string;
  readonly chatId: string;
  /** Whether it has clients of the session, not only people who watch. */
  readonly isClient: boolean;
  readonly #bus: Pick<Bus, 'send' | 'isFull'>;
  readonly #onEnd: () => void;
  namedAtMs: number;
  /** Whether it isn't known yet what is stored. */
  isNew = true;
  /** The last sequence that is known to be stored. */
  stored = 0;
  leave: () => void = () => undefined;

  constructor({ bus, bootId, sessionId, chatId, isClient, namedAtMs }: Identity, onEnd: () => void) {
    this.#bus = bus;
    this.#onEnd = onEnd;
    this.bootId = bootId;
    this.sessionId = sessionId;
    this.chatId = chatId;
    this.isClient = isClient;
    this.namedAtMs = namedAtMs;
  }

  /** What doesn't arrive, or is left out since too much waits to be sent, is found by the next roll-call. */
  deliver(events: readonly NumberedFrames[]): void {
    const frames = events.flatMap(({ epoch, sequence, isLast, frames: [frame] }): MessageOf<'frames'>['frames'] =>
      frame === undefined ? [] : [[epoch, sequence, textOf(frame), isLast]],
    );
    const last = events.at(-1);
    if (!last) return;
    this.stored = Math.max(this.stored, last.sequence);
    for (let at = 0; at < frames.length && !this.#bus.isFull; at += postMessagesMax) {
      const part = frames.slice(at, at + postMessagesMax);
      this.#send({ kind: 'frames', sessionId: this.sessionId, frames: part });
    }
    if (last.isLast) this.#onEnd();
  }

  /** Deltas are left out where too much waits to be sent. */
  showTransient(frames: readonly Frame[]): void {
    if (this.#bus.isFull) return;
    const { bootId, sessionId } = this;
    this.#bus.send({ bootId }, { kind: 'live', sessionId, frames: frames.map(textOf) }, 'soon');
  }

  isThere(): Promise<boolean> {
    return Promise.resolve(true);
  }

  expect(lastSequence: number): void {
    this.stored = Math.max(this.stored, lastSequence);
  }

  refuse(failure: Failure): void {
    const { sessionId } = this;
    this.#send(
      isHandedBack({ ok: false, failure }) ? { kind: 'moved', sessionId } : { kind: 'lost', sessionId, failure },
    );
    this.#onEnd();
  }

  #send(message: MessageOf<'frames' | 'moved' | 'lost'>): void {
    this.#bus.send({ bootId: this.bootId }, message);
  }
}
