// The sessions that are followed here and owned by other engines: runs the machine of each, and calls the roll of all from
// the sockets that are here.
import { busSessionsMax, type MessageOf } from '../../schema/bus.ts';
import type { Failure } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import type { History } from '../database/history.ts';
import { type Directory, isRemote } from '../sessions/directory.ts';
import type { RingReceiver } from '../sessions/ring-receiver.ts';
import type { Bus } from './bus.ts';
import { noSuchSession, type Owner } from './owners.ts';
import {
  beginRemote,
  mayBeDue,
  type RemoteEffect,
  type RemoteEvent,
  type RemoteSession,
  type Step,
  stepRemote,
} from './remote-session.machine.ts';
import { showAllStored } from './show-all-stored.ts';

/** How often each owner hears which of its sessions are followed here, and how far they were heard. */
export const rollIntervalMs = 2_000;
/** Sessions of one message: well below what a post holds. */
const followsAtOnceMax = Math.min(busSessionsMax, 2_000);

export type RemoteSessionsDependencies = {
  bus: Pick<Bus, 'send'>;
  directory: Directory;
  history: Pick<History, 'findPosition'>;
  owners: { find(sessionId: string): Promise<Owner> };
  ringReceiver: Pick<RingReceiver, 'receiveFrames' | 'receiveFromHost'>;
  /** Has this engine claim the session. @returns false where nobody here has a use for that */
  takeHere(sessionId: string): boolean;
  /** Shows who follows it here that it is moving, and which labels nobody has; or how it stands once it is back. */
  tellMoving(sessionId: string, isMoving: boolean, lacking?: Labels): void;
  now(): number;
};

export class RemoteSessions {
  readonly #dependencies: RemoteSessionsDependencies;
  readonly #sessions = new Map<string, RemoteSession>();
  #isRollDue = false;
  /** How often a session that was followed here has lost its owner. */
  ownersLost = 0;

  constructor(dependencies: RemoteSessionsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Sessions that are followed here, or whose owner is looked for. */
  get size(): number {
    return this.#sessions.size;
  }

  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId);
  }

  /** The engine that has the session, as far as it is known. */
  findBoot(sessionId: string): string | undefined {
    const session = this.#sessions.get(sessionId);
    return session && session.at !== 'resolving' ? session.bootId : undefined;
  }

  /** To be called when somebody has begun or ceased to follow a session that isn't here, or it has moved away. */
  note(sessionId: string): void {
    const known = this.#sessions.get(sessionId);
    if (this.#isWanted(sessionId)) {
      if (!known) this.#apply(sessionId, beginRemote(this.#dependencies.now()));
    } else if (known) this.#forget(sessionId, known);
  }

  receiveFollowed(from: string, { stored, gone }: MessageOf<'followed'>): void {
    for (const [sessionId, sequence] of stored) this.#step(sessionId, { type: 'followed', from, stored: sequence });
    for (const sessionId of gone) this.receiveMoved(from, sessionId);
  }

  receiveMoved(from: string, sessionId: string): void {
    this.#step(sessionId, { type: 'lost', from });
  }

  /** An engine ends, or has lost all its sessions. */
  receiveLeaving(from: string): void {
    for (const sessionId of [...this.#sessions.keys()]) this.receiveMoved(from, sessionId);
  }

  /** What doesn't come from the owner isn't shown: the owner has stored it, and answers the next roll-call with it. */
  receiveFrames(from: string, { sessionId, frames }: MessageOf<'frames'>): void {
    const last = frames.at(-1);
    if (!last || this.findBoot(sessionId) !== from) return;
    this.#step(sessionId, { type: 'frames', last: last[1] });
    const { ringReceiver } = this.#dependencies;
    ringReceiver.receiveFrames(
      frames.map(([epoch, sequence, frame, isLast]) => ({ sessionId, epoch, sequence, frame, isLast })),
    );
    this.note(sessionId); // The last event ends it.
  }

  /** The session can't go on, as its owner says. */
  receiveLost(from: string, { sessionId, failure }: MessageOf<'lost'>): void {
    if (this.findBoot(sessionId) === from) this.#refuse(sessionId, failure);
  }

  /** Looks for owners again that may be dead. @param beating the engines that aren't: what those have is not looked for in vain */
  lookAgain(beating: ReadonlySet<string>): void {
    for (const [sessionId, session] of [...this.#sessions])
      if (session.at !== 'resolving' && !beating.has(session.bootId)) this.receiveMoved(session.bootId, sessionId);
  }

  /** The bus is away. */
  noteCut(): void {
    for (const sessionId of [...this.#sessions.keys()]) this.#step(sessionId, { type: 'cut' });
  }

  /** Has who follows what cannot be reached from here go to another engine. */
  sendAwayFromMoving(failure: Failure): void {
    for (const [sessionId, { isMoving }] of [...this.#sessions])
      if (isMoving)
        for (const follower of [...this.#dependencies.directory.audienceOf(sessionId)]) follower.refuse(failure);
  }

  /** Calls the roll at the next tick, once for all that ask for it: an owner's frames may not have come. */
  callRollSoon(): void {
    this.#isRollDue = true;
  }

  /** To be called several times a second. */
  tick(): void {
    if (this.#isRollDue) this.callRoll();
    const nowMs = this.#dependencies.now();
    for (const [sessionId, session] of this.#sessions)
      if (mayBeDue(session, nowMs)) this.#step(sessionId, { type: 'tick' });
  }

  /** Made from the sockets, so that none stays deaf whatever was forgotten. */
  callRoll(): void {
    this.#isRollDue = false;
    for (const sessionId of this.#listWanted()) this.note(sessionId);
    for (const sessionId of [...this.#sessions.keys()]) this.note(sessionId);
    const byBoot = Map.groupBy(
      [...this.#sessions].flatMap(([sessionId, session]) =>
        session.at === 'resolving' ? [] : [{ sessionId, bootId: session.bootId, heard: session.heard }],
      ),
      ({ bootId }) => bootId,
    );
    for (const [bootId, named] of byBoot)
      for (let at = 0; at < named.length; at += followsAtOnceMax)
        this.#sendFollows(bootId, named.slice(at, at + followsAtOnceMax));
  }

  #listWanted(): string[] {
    const { directory } = this.#dependencies;
    const followed = [...directory.entries()].filter(isRemote).map(({ sessionId }) => sessionId);
    return [...followed, ...directory.watchedSessions()];
  }

  /** Somebody here follows it, and this engine doesn't have it. */
  #isWanted(sessionId: string): boolean {
    const { directory } = this.#dependencies;
    const entry = directory.get(sessionId);
    return (!entry || isRemote(entry)) && directory.audienceOf(sessionId).size > 0;
  }

  #step(sessionId: string, event: RemoteEvent): void {
    const session = this.#sessions.get(sessionId);
    if (event.type === 'lost' && session && session.at !== 'resolving' && session.bootId === event.from)
      this.ownersLost++;
    if (session) this.#apply(sessionId, stepRemote(session, event, this.#dependencies.now()));
  }

  #apply(sessionId: string, { session, effects }: Step): void {
    this.#sessions.set(sessionId, session);
    for (const effect of effects) this.#act(sessionId, effect);
  }

  #act(sessionId: string, effect: RemoteEffect): void {
    if (effect.do === 'tellMoving') return this.#dependencies.tellMoving(sessionId, true, effect.lacking);
    if (effect.do === 'tellBack') return this.#dependencies.tellMoving(sessionId, false);
    if (effect.do === 'look') return void this.#look(sessionId);
    if (effect.do === 'follow') return this.#sendFollows(effect.bootId, [{ sessionId, heard: effect.heard }]);
    if (effect.do === 'take') return this.#take(sessionId);
    this.#showStored(sessionId, effect.upTo);
    this.#step(sessionId, { type: 'caughtUp' }); // Each socket keeps its own place from here on.
  }

  #take(sessionId: string): void {
    const { takeHere, tellMoving } = this.#dependencies;
    if (!takeHere(sessionId)) return this.#step(sessionId, { type: 'resting' }); // Those who only watch it wait for an owner.
    if (this.#sessions.get(sessionId)?.isMoving) tellMoving(sessionId, false);
    this.#sessions.delete(sessionId);
  }

  async #look(sessionId: string): Promise<void> {
    const owner = await this.#dependencies.owners.find(sessionId);
    if (!this.has(sessionId)) return;
    if (owner.kind === 'elsewhere') return this.#step(sessionId, { type: 'owner', bootId: owner.bootId });
    if (owner.kind === 'forOther') return this.#step(sessionId, this.#askOther(sessionId, owner));
    if (owner.kind === 'mine' || owner.kind === 'nobody') return this.#step(sessionId, { type: 'free' });
    if (owner.kind === 'failed' && owner.failure.code === noSuchSession.code)
      return this.#refuse(sessionId, owner.failure);
    if (owner.kind === 'ended') await showAllStored(this.#dependencies, owner.session); // Its last event closes the sockets.
    this.#step(sessionId, { type: 'unreachable' });
  }

  /** The other one takes it because it is followed; those who only watch wait for an owner. */
  #askOther(sessionId: string, { bootId, labels }: Extract<Owner, { kind: 'forOther' }>): RemoteEvent {
    if (this.#countClients(sessionId) === 0) return { type: 'resting' };
    return bootId === undefined ? { type: 'unreachable', lacking: labels } : { type: 'owner', bootId };
  }

  #countClients(sessionId: string): number {
    return this.#dependencies.directory.get(sessionId)?.followers.size ?? 0;
  }

  #showStored(sessionId: string, upTo: number): void {
    for (const follower of this.#dependencies.directory.audienceOf(sessionId)) follower.expect(upTo);
  }

  #refuse(sessionId: string, failure: Failure): void {
    const { directory } = this.#dependencies;
    const audience = [...directory.audienceOf(sessionId)];
    const entry = directory.get(sessionId);
    if (entry && isRemote(entry)) directory.remove(entry);
    this.#sessions.delete(sessionId);
    for (const follower of audience) follower.refuse(failure);
  }

  #forget(sessionId: string, session: RemoteSession): void {
    const { directory, bus } = this.#dependencies;
    this.#sessions.delete(sessionId);
    const entry = directory.get(sessionId);
    if (entry && isRemote(entry)) directory.remove(entry);
    if (session.at !== 'resolving') bus.send({ bootId: session.bootId }, { kind: 'unfollow', sessionId });
  }

  #sendFollows(bootId: string, named: readonly { sessionId: string; heard: number }[]): void {
    const { bus, directory } = this.#dependencies;
    const follows = named.map(({ sessionId, heard }) => {
      const viewers = directory.viewersOf(sessionId).size;
      return { sessionId, heard, clients: this.#countClients(sessionId), viewers };
    });
    bus.send({ bootId }, { kind: 'follow', follows });
  }
}
