// Gives the worker threads their tasks, connects them into the ring, and replaces a host that died.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { HostStatus } from '../../actors/host-status.ts';
import type { Outcome } from '../../schema/error.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type {
  FromHost,
  HostConfig,
  HostData,
  MainToPersistence,
  PersistenceData,
  PersistenceToMain,
  Reply,
} from '../../schema/thread.ts';
import type { Log } from '../log.ts';
import { crashWindowMs } from './crash-record.ts';
import { HostLink } from './host-link.ts';
import { HostPulse, hostLookIntervalMs, hostSilenceMs } from './host-pulse.ts';
import type { Threads } from './threads.ts';

/** The pause before a dead host is replaced, so that one that dies at once isn't started in a tight loop. */
const hostRestartDelayMs = 250;

/** The main thread's handling of what comes off the ring. */
export type RingListener = {
  onHostMessage(host: number, message: Exclude<FromHost, { kind: 'reply' }>): void;
  onPersistenceMessage(message: Exclude<PersistenceToMain, { kind: 'reply' }>): void;
  /** A host died and was replaced by one without sessions; the suspects were at work when it died. */
  onHostReplaced(host: number, suspects: ReadonlySet<string>): void;
  /** Nothing can be stored any more, so the engine must end. */
  onPersistenceDied(error: unknown): void;
};

export type SupervisorDependencies = {
  /** The pools, which their opener closes. */
  threads: Pick<Threads, 'hosts' | 'persistence'>;
  hosts: number;
  /** The code of host threads, where a test wants hosts that misbehave. */
  hostThread?: URL;
  /** Called at each start of a host. */
  configureHost(host: number): HostConfig;
  runId: string;
  databaseUrl: string;
  dropsRows: boolean;
  log: Log;
};

type PersistenceReply = Extract<PersistenceToMain, { kind: 'reply' }>;

/** The parts of a running ring. */
type Started = { listener: RingListener; persistence: MessagePort };

/** One life of a host. */
type Life = { link: HostLink; hostStatus: HostStatus; pulse: HostPulse; abort: AbortController };

export class Supervisor {
  readonly #dependencies: SupervisorDependencies;
  readonly #lives: Life[] = [];
  readonly #away = new Set<number>();
  readonly #waiting = new Map<number, (outcome: Outcome<Reply>) => void>();
  #replyTo = 0;
  #isEnding = false;
  #started: Started | undefined;
  #looking: NodeJS.Timeout | undefined;
  #deathsMs: number[] = [];
  hostDeaths = 0;

  constructor(dependencies: SupervisorDependencies) {
    this.#dependencies = dependencies;
  }

  /** Starts all threads; what comes off the ring goes to the listener. */
  start(listener: RingListener): void {
    this.#started = { listener, persistence: this.#startPersistence(listener) };
    for (let host = 0; host < this.#dependencies.hosts; host++) this.#startHost(host);
    this.#looking = setInterval(() => this.#lookAtHosts(), hostLookIntervalMs);
    this.#looking.unref();
  }

  /** How many hosts are being replaced. */
  get hostsAway(): number {
    return this.#away.size;
  }

  /** How many hosts died in the last `crashWindowMs`. */
  get hostDeathsLately(): number {
    return this.#deathsMs.filter(isLately).length;
  }

  getLink(host: number): HostLink {
    return this.#getLife(host).link;
  }

  get links(): readonly HostLink[] {
    return this.#lives.map(({ link }) => link);
  }

  /** The sessions of a host that are at work. */
  getWorking(host: number): ReadonlySet<string> {
    return this.#getLife(host).hostStatus.workingSessions;
  }

  askPersistence(kind: 'metrics' | 'drain'): Promise<Outcome<Reply>> {
    return this.#askPersistence((replyTo) => ({ kind, replyTo }));
  }

  /** Makes sessions nobody's that are in no host's memory. @returns those that were this engine's by that epoch */
  async giveSessions(sessions: readonly OwnedSession[]): Promise<readonly string[]> {
    const reply = await this.#askPersistence((replyTo) => ({ kind: 'give', replyTo, sessions }));
    return reply.ok && reply.value.kind === 'given' ? reply.value.sessionIds : [];
  }

  /** Has persistence write again what still waits for an answer, since PostgreSQL answers again. */
  retryWrites(): void {
    this.#tellPersistence({ kind: 'databaseAnswers' });
  }

  /** Ends all actors and goes on as another run, since others have declared this one dead. */
  changeRun(runId: string): void {
    this.#tellPersistence({ kind: 'runBegan', runId });
    for (const { link } of this.#lives) link.tell({ kind: 'abandon' });
  }

  /** Ends one host's thread at once, as a crash would; it is replaced. */
  endHost(host: number, reason = 'It was ended.'): void {
    this.#getLife(host).abort.abort(new Error(reason));
  }

  /** Lets threads end without being replaced from now on. */
  expectEnd(): void {
    this.#isEnding = true;
  }

  close(): void {
    this.#isEnding = true;
    clearInterval(this.#looking);
    for (const { link } of this.#lives) link.close();
    this.#started?.persistence.close();
  }

  get #ring(): Started {
    if (!this.#started) throw new Error('The ring has not been started.');
    return this.#started;
  }

  #askPersistence(numbered: (replyTo: number) => MainToPersistence): Promise<Outcome<Reply>> {
    const replyTo = ++this.#replyTo;
    return new Promise((resolve) => {
      this.#waiting.set(replyTo, resolve);
      this.#tellPersistence(numbered(replyTo));
    });
  }

  #startPersistence(listener: RingListener): MessagePort {
    const { threads, runId, databaseUrl, dropsRows, log } = this.#dependencies;
    const { port1: ours, port2: mainThread } = new MessageChannel();
    const data: PersistenceData = { mainThread, runId, databaseUrl, dropsRows, isDebug: log.isDebug };
    threads.persistence.run(data, { name: 'runPersistenceThread', transferList: [mainThread] }).then(
      () => this.#isEnding || listener.onPersistenceDied(new Error('The persistence thread ended.')),
      (error) => this.#isEnding || listener.onPersistenceDied(error),
    );
    ours.on('message', (message: PersistenceToMain) => {
      if (message.kind === 'reply') this.#resolveReply(message);
      else listener.onPersistenceMessage(message);
    });
    return ours;
  }

  #getLife(host: number): Life {
    const life = this.#lives[host];
    if (!life) throw new Error(`There is no host ${host}.`);
    return life;
  }

  #startHost(host: number): void {
    const { threads, configureHost, hostThread, log } = this.#dependencies;
    const { listener } = this.#ring;
    const { port1: ours, port2: mainThread } = new MessageChannel();
    const { port1: toPersistence, port2: toHost } = new MessageChannel();
    this.#tellPersistence({ kind: 'attachHost', host, port: toHost }, [toHost]);
    const link = new HostLink(ours, (message) => listener.onHostMessage(host, message));
    const [hostStatus, abort] = [new HostStatus(), new AbortController()];
    this.#lives[host] = { link, hostStatus, abort, pulse: new HostPulse() };
    const config = configureHost(host);
    const data: HostData = { host, mainThread, persistence: toPersistence, config, hostStatus: hostStatus.memory };
    const transferList = [mainThread, toPersistence];
    const filename = hostThread?.href ?? null; // The pool's own file.
    threads.hosts.run(data, { name: 'runHostThread', filename, transferList, signal: abort.signal }).then(
      () => this.#isEnding || this.#replaceHost(host, new Error('The host thread ended.')),
      (error) => this.#isEnding || this.#replaceHost(host, error),
    );
    log.info('host.started', { host });
  }

  /** Ends each thread that stands still; it is replaced as after any death. */
  #lookAtHosts(): void {
    if (this.#isEnding) return;
    for (const [host, { hostStatus, pulse }] of this.#lives.entries()) {
      if (this.#away.has(host)) continue;
      pulse.look(hostStatus.beats);
      if (pulse.hasStopped)
        this.endHost(host, `It was silent for ${hostSilenceMs} ms: it loops, or something blocks it.`);
    }
  }

  #replaceHost(host: number, error: unknown): void {
    const { log } = this.#dependencies;
    const { link, hostStatus } = this.#getLife(host);
    const suspects = hostStatus.workingSessions;
    this.hostDeaths++;
    this.#deathsMs = [...this.#deathsMs.filter(isLately), performance.now()];
    log.error('host.died', { host, suspects: suspects.size, reason: reasonOfEnd(error) });
    link.close();
    this.#away.add(host);
    setTimeout(() => {
      if (this.#isEnding) return;
      this.#startHost(host);
      this.#away.delete(host);
      this.#ring.listener.onHostReplaced(host, suspects);
    }, hostRestartDelayMs);
  }

  #resolveReply({ replyTo, outcome }: PersistenceReply): void {
    this.#waiting.get(replyTo)?.(outcome);
    this.#waiting.delete(replyTo);
  }

  #tellPersistence(message: MainToPersistence, transfer: MessagePort[] = []): void {
    this.#ring.persistence.postMessage(message, transfer);
  }
}

const isLately = (ms: number) => performance.now() - ms < crashWindowMs;

/** Piscina gives the reason of an aborted task as the cause of its own error. */
const reasonOfEnd = (error: unknown): string =>
  reasonOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);
