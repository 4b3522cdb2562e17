// Receives what comes off the ring for sessions: frames for their followers, and messages of their hosts.
import { type Failure, goingAway } from '../../schema/error.ts';
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import { noSecrets } from '../../schema/session.ts';
import type { CommittedFrame, FromHost } from '../../schema/thread.ts';
import type { Hosts } from '../ring/host-link.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Directory, Entry } from './directory.ts';
import { deliverTo, showTransientTo } from './fan-out.ts';
import { Recovery } from './recovery.ts';
import { tellClientCount } from './tell-client-count.ts';

export type RingReceiverDependencies = {
  directory: Directory;
  secrets: Pick<Secrets, 'loadSecrets'>;
  hosts: Hosts & Pick<Supervisor, 'getWorking'>;
  /** Keeps those who follow a session that is another engine's by now; false where they must be told. */
  moveAway?(entry: Entry, failure: Failure): boolean;
  /** Has those who follow the session from other engines look for its next owner. */
  tellMoved?(entry: Entry): void;
  now(): number;
};

/** A host's message about one session. */
export type SessionMessage = Extract<
  FromHost,
  { kind: 'transient' | 'queued' | 'passivated' | 'given' | 'lost' | 'secretsWanted' }
>;

export class RingReceiver {
  readonly #dependencies: RingReceiverDependencies;
  readonly #recovery: Recovery;

  constructor(dependencies: RingReceiverDependencies) {
    this.#dependencies = dependencies;
    const { directory, hosts, now } = dependencies;
    this.#recovery = new Recovery({
      activate: (entry) => tellClientCount(hosts, entry),
      giveUp: ({ host, sessionId }, failure) => hosts.getLink(host).tell({ kind: 'giveUp', sessionId, failure }),
      isLive: (entry) => directory.get(entry.sessionId) === entry,
      getWorking: (host) => hosts.getWorking(host),
      now,
    });
  }

  /** Gives frames to their sessions' followers; a session's last frame removes it from the directory. */
  receiveFrames(frames: readonly CommittedFrame[]): void {
    const { directory } = this.#dependencies;
    for (const [sessionId, sessionFrames] of Map.groupBy(frames, (frame) => frame.sessionId)) {
      deliverTo(directory.audienceOf(sessionId), sessionFrames);
      const entry = directory.get(sessionId);
      if (entry && sessionFrames.at(-1)?.isLast) directory.remove(entry);
    }
  }

  receiveFromHost(host: number, message: SessionMessage): void {
    const { directory } = this.#dependencies;
    const entry = directory.get(message.sessionId);
    if (message.kind === 'secretsWanted') return void this.#sendSecrets(host, message.sessionId, entry);
    if (!entry) return;
    if (message.kind === 'lost') return entry.host === host ? this.#endLost(entry, message.failure) : undefined;
    if (message.kind === 'given') return this.#endGiven(entry);
    if (message.kind === 'transient') showTransientTo(directory.audienceOf(entry.sessionId), message.frame);
    else if (message.kind === 'queued') this.#showQueuePosition(entry, message.position);
    else if (entry.host === host && entry.followers.size === 0) directory.remove(entry); // Another host may have it by now.
  }

  /** Activates the sessions of a host that was replaced, so that their turns go on. */
  recoverHost(host: number, suspects: ReadonlySet<string>): void {
    const entries = [...this.#dependencies.directory.entries()].filter((entry) => entry.host === host);
    for (const entry of entries) entry.queuePosition = undefined; // Its queue is gone with it.
    void this.#recovery.recoverHost(host, entries, suspects);
  }

  /** Removes the session before its followers are refused: a connection that closes would otherwise have it activated. */
  #endLost(entry: Entry, failure: Failure): void {
    const { directory, moveAway } = this.#dependencies;
    if (moveAway?.(entry, failure)) return;
    const audience = [...directory.audienceOf(entry.sessionId)];
    directory.remove(entry);
    for (const follower of audience) follower.refuse(failure);
  }

  /** Its clients here come back somewhere else, since this engine is about to end; those at other engines stay there. */
  #endGiven(entry: Entry): void {
    this.#dependencies.tellMoved?.(entry);
    this.#endLost(entry, goingAway.failure);
  }

  /** Answers a host in every case, since its session waits for the answer. */
  async #sendSecrets(host: number, sessionId: string, entry: Entry | undefined): Promise<void> {
    const { hosts, secrets } = this.#dependencies;
    const known = await secrets.loadSecrets(sessionId, entry).catch(() => noSecrets); // PostgreSQL is away.
    hosts.getLink(host).tell({ kind: 'secrets', sessionId, secrets: known });
  }

  /** Whoever follows it sees its place, and whoever asks over REST is told. */
  #showQueuePosition(entry: Entry, position: number): void {
    entry.queuePosition = position === 0 ? undefined : position;
    const { sessionId } = entry;
    if (position === 0) return;
    const audience = this.#dependencies.directory.audienceOf(sessionId);
    showTransientTo(audience, encodeFrame({ type: 'sandbox_queue', sessionId, position }));
  }
}
