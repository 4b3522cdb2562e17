// One client that follows a session: it gets what it missed, and then each event once, until it leaves or the session ends.
import type { Failure } from '../../schema/error.ts';
import { adaptFrame, type Features, hasFeature } from '../../schema/protocol/additions.ts';
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import { errorFrameOf } from '../../schema/protocol/error-frame.ts';
import type { ServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';
import type { SessionIdentity, SessionSecrets } from '../../schema/session.ts';
import { storageFrameOf } from '../database/database-state.ts';
import type { History } from '../database/history.ts';
import { countedAs, showToViewer, type Viewer } from '../sessions/access.ts';
import { type Entry, type Follower, type Frame, type NumberedFrames, textOf } from '../sessions/directory.ts';
import { type Found, idsOf } from '../sessions/find-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { DeclarationCheck } from './answer-check.ts';
import { checkWire } from './checked-wire.ts';
import { Feed } from './feed.ts';
import { canResume, type Position } from './position.ts';
import type { ReadTurns } from './read-turns.ts';
import { storedFramesOf } from './stored-frames.ts';
import type { Wire } from './wire.ts';

export type FollowingDependencies = {
  sessions: Pick<Sessions, 'attach' | 'follow' | 'unfollow' | 'watch' | 'unwatch' | 'nows'>;
  history: Pick<History, 'findPosition' | 'listEvents'>;
  readTurns: ReadTurns;
  /** What becomes of a frame that isn't as declared. */
  declarationCheck: DeclarationCheck;
};

/** A session that this engine has, may have, or can read to its end. */
export type Followable = Exclude<Found, { kind: 'elsewhere' }>;

export class Following implements Follower {
  readonly features: Features;
  readonly #dependencies: FollowingDependencies;
  readonly #wire: Wire;
  readonly #feed = new Feed();
  #entry: Entry | undefined;
  /** The session that is watched, by somebody who isn't one of its clients. */
  #watched: (SessionIdentity & { viewer: Viewer }) | undefined;
  #hasSession = false;
  /** Ends the waiting for a read that nobody needs any more. */
  #leaving: AbortController | undefined;
  #isClosed = false;

  constructor(dependencies: FollowingDependencies, wire: Wire, features: Features) {
    this.#dependencies = dependencies;
    this.#wire = checkWire(wire, dependencies.declarationCheck, features);
    this.features = features;
  }

  start(): void {
    this.#feed.start({
      send: (events) => this.#sendEvents(events),
      waitForRoom: () => this.#wire.waitForRoom(),
      waitUntilTaken: () => this.#wire.waitForRoom(0),
      catchUp: (position) => this.#catchUp(position),
    });
  }

  /** The entry of the followed session; one that has ended has none. */
  get entry(): Entry | undefined {
    return this.#entry;
  }

  /** Whether a session is followed, be it to its end. */
  get hasSession(): boolean {
    return this.#hasSession;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  // Called by the session.

  deliver(events: readonly NumberedFrames[]): void {
    this.#feed.deliver(events);
  }

  showTransient(frames: readonly Frame[]): void {
    if (!this.#isClosed) this.#wire.send(this.#shownOf(frames));
  }

  /** Reads what is stored up to a sequence, where it didn't come. */
  expect(lastSequence: number): void {
    if (!this.#isClosed) this.#feed.expect(lastSequence);
  }

  isThere(): Promise<boolean> {
    return this.#isClosed ? Promise.resolve(false) : this.#wire.ping();
  }

  /** The state is never stored, so only clients that are connected hear of it. */
  showDatabaseState(isAway: boolean): void {
    this.sendText(storageFrameOf(isAway, this.#entry?.sessionId));
  }

  /** The error is the last that the client gets. */
  refuse(failure: Failure): void {
    this.sendText(errorFrameOf(failure));
    this.#close(failure);
  }

  // Called for the client.

  /** Sends what is stored after the client's position, and then live events. @param secrets the client's own */
  async attach(found: Followable, position: Position, secrets: SessionSecrets): Promise<Failure | undefined> {
    this.#feed.hold(); // The feed is held before anything is read, so that what is committed from here on waits.
    const { sessionId, chatId, userId } = idsOf(found);
    this.#hasSession = found.kind === 'ended';
    const entry = found.kind === 'ended' ? undefined : await this.#dependencies.sessions.attach(found, secrets, this);
    if (entry && !entry.ok) return entry.failure;
    if (entry) this.follow(entry.value);
    await this.#begin({ sessionId, chatId, userId }, position, found.kind === 'ended');
    return undefined;
  }

  /** As `attach`, without becoming one of the session's clients, so that a session at rest stays so. */
  async watch(found: Followable, position: Position, viewer: Viewer): Promise<void> {
    this.#feed.hold();
    const { sessionId, chatId, userId } = idsOf(found);
    this.#hasSession = true;
    this.#watched = { sessionId, chatId, userId, viewer };
    if (found.kind !== 'ended') this.#dependencies.sessions.watch(sessionId, this);
    await this.#begin({ sessionId, chatId, userId }, position, found.kind === 'ended');
  }

  follow(entry: Entry): void {
    this.#entry = entry;
    this.#hasSession = true;
    this.#dependencies.sessions.follow(entry, this);
  }

  /** Nothing is sent from now on, and the client isn't counted any more. */
  detach(): void {
    this.#isClosed = true;
    this.#leaving?.abort();
    if (this.#entry) this.#dependencies.sessions.unfollow(this.#entry, this);
    if (this.#watched) this.#dependencies.sessions.unwatch(this.#watched.sessionId, this);
    this.#entry = undefined;
    this.#watched = undefined;
  }

  send(frame: ServerFrame): void {
    this.sendText(encodeFrame(frame));
  }

  /** @param frame a whole one, encoded */
  sendText(frame: string): void {
    if (!this.#isClosed) this.#wire.send(adaptFrame(frame, this.features));
  }

  async #begin(session: SessionIdentity, position: Position, hasEnded: boolean): Promise<void> {
    if (this.#isClosed) return this.detach(); // The client left meanwhile, and the host has to hear so.
    const stored = await this.#dependencies.history.findPosition(session.chatId, position.lastSequence);
    const recovered = canResume(position, stored);
    const { sessionId } = session;
    this.send({ type: 'attached', sessionId, epoch: stored.epoch, sequence: stored.lastSequence, recovered });
    if (hasFeature(this.features, 'session_state')) void this.#sendNow(session);
    void this.#replayHistory(session, recovered ? position.lastSequence : 0, hasEnded);
  }

  /**
   * A session that is brought back into memory for this client tells it by itself; one that is only watched stays at rest.
   * Where it can't be read, the replay of the same rows says why.
   */
  async #sendNow(session: SessionIdentity): Promise<void> {
    const { nows } = this.#dependencies.sessions;
    const now = await (this.#entry ? nows.askHost(session.sessionId) : nows.read(session)).catch(() => undefined);
    if (now) this.showTransient([encodeFrame({ type: 'session_state', sessionId: session.sessionId, now })]);
  }

  async #replayHistory(session: SessionIdentity, position: number, hasEnded: boolean): Promise<void> {
    const { history, readTurns } = this.#dependencies;
    const { sessionId, chatId, userId } = session;
    if (this.#isClosed) return;
    const reader = countedAs({ userId, viewer: this.#watched?.viewer });
    const leaving = new AbortController();
    this.#leaving = leaving;
    const read = async (afterSequence: number): Promise<NumberedFrames[] | undefined> => {
      const events = await readTurns.take(
        reader,
        () => history.listEvents(sessionId, chatId, afterSequence),
        leaving.signal,
      );
      return events?.map((event) => storedFramesOf(event, this.features));
    };
    try {
      await this.#feed.replay(position, read);
      if (this.#leaving === leaving) this.#leaving = undefined; // Another replay may have begun already.
      if (hasEnded) this.#close(undefined);
    } catch (error) {
      this.refuse(this.#wire.convertThrown(error));
    }
  }

  /** Events are missing where frames were lost on their way, or another engine has stored some. */
  #catchUp(position: number): void {
    const session = this.#entry ?? this.#watched;
    if (session) void this.#replayHistory(session, position, false);
  }

  #sendEvents(events: readonly NumberedFrames[]): void {
    if (this.#isClosed) return;
    this.#wire.sendEvents(this.#watched ? events.map(this.#shownEventOf) : events);
    if (events.at(-1)?.isLast) this.#close(undefined);
  }

  readonly #shownEventOf = (event: NumberedFrames): NumberedFrames => ({
    ...event,
    frames: this.#shownOf(event.frames),
  });

  /** A viewer sees less than a client. */
  #shownOf(frames: readonly Frame[]): readonly Frame[] {
    const viewer = this.#watched?.viewer;
    return viewer ? frames.flatMap((frame) => showToViewer(viewer, textOf(frame)) ?? []) : frames;
  }

  #close(failure: Failure | undefined): void {
    if (this.#isClosed) return;
    this.detach();
    this.#wire.close(failure);
  }
}
