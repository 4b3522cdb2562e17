// The persistence actor: takes writes from all hosts, stores them in batches, and hands frames on after COMMIT.
import type { MessagePort } from 'node:worker_threads';
import { type Actor, createActor } from 'xstate';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { LogEntry, LogEvent } from '../../schema/log.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import { webhookEventOf } from '../../schema/protocol/webhooks/webhook-events.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { SpendingQuestion } from '../../schema/spending.ts';
import type {
  Activation,
  FromPersistence,
  MainToPersistence,
  PersistenceToMain,
  ToPersistence,
} from '../../schema/thread.ts';
import { PersistenceMetrics } from '../thread-metrics.ts';
import {
  allStored,
  type BatchResult,
  chooseBatchLength,
  collectFrames,
  groupResultsByHost,
  type QueuedWrite,
} from './batch.ts';
import { isAway } from './database-pool.ts';
import { type PersistenceMachineDependencies, persistenceMachine } from './persistence.machine.ts';
import type { PersistenceStore } from './persistence-store.ts';
import type { Attempt } from './queries/insert-writes.ts';
import { Reservations } from './reservations.ts';

/** Sessions claimed between two batches, 20 ms each with a long history: the sessions that are back don't wait for all others. */
export const claimsAtOnceMax = 4;
/** How soon `updatedAt` follows a message. */
export const touchIntervalMs = 500;

type Claim = { host: number; sessionId: string };
/** Sessions to be made nobody's, and who hears which of them were this engine's. */
type Gift = { sessions: readonly OwnedSession[]; answer(given: readonly string[]): void };
/** A host's question what a day has cost. */
type HostQuestion = SpendingQuestion & { host: number };
/** What is done once everything that came before it is stored. */
type Afterwards = { deadRuns: string[]; gifts: Gift[]; claims: Claim[]; questions: HostQuestion[] };

const fileUnavailable = failed('storageUnavailable', 'The database does not answer.', { retryAfterMs: 1_000 });

/** In place of a host that was replaced: its writes are stored, and nobody is told the results. */
const replacedHost = -1;

export class Persistence implements PersistenceMachineDependencies {
  readonly #mainThread: MessagePort;
  readonly #store: PersistenceStore;
  readonly #isDebug: boolean;
  readonly #hosts = new Map<number, MessagePort>();
  readonly #machine: Actor<typeof persistenceMachine>;
  readonly #metrics = new PersistenceMetrics(() => this.#waiting.length);
  #waiting: QueuedWrite[] = [];
  /** Sessions to claim once everything that was received before is stored. */
  readonly #claims = new Set<Claim>();
  /** Sessions to give away once everything that was received before is stored. */
  readonly #gifts = new Set<Gift>();
  /** Questions to answer once everything that was received before is stored. */
  readonly #spendingQuestions = new Set<HostQuestion>();
  /** Runs of this process that others have declared dead, until nothing is stored under their ids any more. */
  readonly #deadRuns = new Set<string>();
  readonly #reservations = new Reservations();
  /** Chats whose `updated_at` is behind: the time of their newest message, by chat id. */
  #touches = new Map<string, number>();
  #touchesAreDue = false;
  #drains: number[] = [];
  #attempt: Attempt = 'first';
  #isAvailable = true;
  #resolveFinished: () => void = () => undefined;
  /** Resolves when the actor has drained. */
  readonly finished: Promise<void>;
  #wasIdle = true;

  /** @param isDebug whether each batch and claim is logged */
  constructor(mainThread: MessagePort, store: PersistenceStore, isDebug = false) {
    this.#isDebug = isDebug;
    this.#mainThread = mainThread;
    this.#store = store;
    this.finished = new Promise((resolve) => {
      this.#resolveFinished = resolve;
    });
    this.#machine = createActor(persistenceMachine, { input: { dependencies: this } });
    this.#machine.start();
    mainThread.on('message', (message: MainToPersistence) => this.#receiveFromMain(message));
  }

  // Called by the machine alone.

  writeBatch(): void {
    const batch = this.#waiting.slice(0, chooseBatchLength(this.#waiting));
    const takesAll = batch.length === this.#waiting.length;
    const touches = this.#touchesAreDue ? this.#touches : new Map<string, number>();
    if (this.#touchesAreDue) this.#touches = new Map();
    this.#touchesAreDue = false;
    const claims = takesAll ? [...this.#claims.values().take(claimsAtOnceMax)] : [];
    const questions = takesAll ? [...this.#spendingQuestions] : [];
    const gifts = takesAll ? [...this.#gifts] : [];
    void this.#storeAndReport(batch, touches, { deadRuns: [...this.#deadRuns], gifts, claims, questions });
  }

  announceUnavailable(reason: string): void {
    if (!this.#isAvailable) return;
    this.#isAvailable = false;
    this.#postToMain({ kind: 'storage', isAvailable: false, reason });
    this.#log('error', 'storage.unavailable', { reason });
  }

  announceAvailable(): void {
    if (this.#isAvailable) return;
    this.#isAvailable = true;
    this.#postToMain({ kind: 'storage', isAvailable: true, reason: '' });
    this.#log('info', 'storage.restored', {});
  }

  async #storeAndReport(
    batch: QueuedWrite[],
    touches: Map<string, number>,
    { deadRuns, gifts, claims, questions }: Afterwards,
  ): Promise<void> {
    const startedAtMs = performance.now();
    const trigger = batch.length < this.#waiting.length ? 'full' : this.#wasIdle ? 'idle' : 'gathered';
    this.#wasIdle = false;
    try {
      const result =
        batch.length > 0 || touches.size > 0 ? await this.#store.storeWrites(batch, touches, this.#attempt) : allStored;
      this.#attempt = 'first';
      const tookMs = performance.now() - startedAtMs;
      this.#metrics.observeBatch(batch.length, trigger, tookMs);
      if (this.#isDebug && batch.length > 0)
        this.#log('debug', 'batch.stored', { writes: batch.length, trigger, tookMs: Math.round(tookMs) });
      for (const { write } of batch)
        if (write.kind === 'event' && write.spent) this.#reservations.release(write.sessionId);
      this.#reportResult(batch, result);
      this.#waiting = this.#waiting.slice(batch.length);
      for (const runId of deadRuns) await this.#leaveRun(runId);
      for (const question of questions) await this.#answerSpending(question);
      if (gifts.length > 0) await this.#give(gifts);
      for (const claim of claims) await this.#activateClaim(claim);
    } catch (error) {
      this.#attempt = 'again'; // The next batch begins with the same writes.
      for (const [chatId, ms] of touches) this.#noteTouch(chatId, ms);
      this.#touchesAreDue ||= touches.size > 0; // An empty batch would be no proof that PostgreSQL is back.
      this.#machine.send({ type: 'failed', reason: reasonOf(error) });
      return;
    }
    if (this.#drains.length > 0 && this.#touches.size > 0) this.#touchesAreDue = true;
    const hasMore =
      this.#waiting.length > 0 ||
      this.#claims.size > 0 ||
      this.#gifts.size > 0 ||
      this.#deadRuns.size > 0 ||
      this.#spendingQuestions.size > 0 ||
      this.#touchesAreDue;
    if (!hasMore) this.#replyDrained();
    this.#wasIdle = !hasMore;
    this.#machine.send({ type: 'written', hasMore });
  }

  /** After COMMIT: frames to the main thread first, then to each host what became of its writes. */
  #reportResult(batch: QueuedWrite[], result: BatchResult): void {
    const frames = collectFrames(batch, result);
    const mayBeDelivered = batch.some(({ write }) => write.kind === 'event' && webhookEventOf(write) !== undefined);
    if (frames.length > 0) this.#postToMain({ kind: 'frames', frames, mayBeDelivered });
    for (const { write } of batch) if (write.kind === 'event') this.#noteTouch(write.chatId, write.event.createdAtMs);
    for (const [host, { writes, positions, fenced, gone, refused, replaced }] of groupResultsByHost(batch, result)) {
      const port = this.#hosts.get(host);
      for (const refusal of refused) port?.postMessage({ kind: 'refused', ...refusal } satisfies FromPersistence);
      for (const event of replaced) port?.postMessage({ kind: 'replaced', event } satisfies FromPersistence);
      if (fenced.length > 0) port?.postMessage({ kind: 'fenced', sessionIds: fenced } satisfies FromPersistence);
      if (gone.length > 0) port?.postMessage({ kind: 'gone', sessionIds: gone } satisfies FromPersistence);
      port?.postMessage({ kind: 'committed', positions, writes } satisfies FromPersistence);
    }
    for (const [write, reason] of result.reasons)
      this.#log('error', 'storage.refused', { sessionId: write.sessionId, reason });
  }

  async #answerSpending(question: HostQuestion): Promise<void> {
    const { host, ...asked } = question;
    const { userUsd, engineUsd } = await this.#store.readSpending(asked.day, asked.userId);
    if (!this.#spendingQuestions.delete(question)) return; // Its host died meanwhile.
    const others = this.#reservations.reserve(asked, Date.now());
    const spending = { userUsd: userUsd + others.userUsd, engineUsd: engineUsd + others.engineUsd };
    this.#hosts.get(host)?.postMessage({ ...asked, kind: 'spending', spending } satisfies FromPersistence);
  }

  /** A question that isn't answered yet reserves nothing either. */
  #releaseSpending(sessionId: string): void {
    for (const question of this.#spendingQuestions) if (question.sessionId === sessionId) question.usd = 0;
    this.#reservations.release(sessionId);
  }

  /** No statement is under way that has its id. */
  async #leaveRun(runId: string): Promise<void> {
    await this.#store.leaveRun(runId);
    this.#deadRuns.delete(runId);
  }

  /** In one statement, however many there are. */
  async #give(gifts: readonly Gift[]): Promise<void> {
    const given = new Set(await this.#store.give(gifts.flatMap(({ sessions }) => sessions)));
    for (const gift of gifts) {
      this.#gifts.delete(gift);
      gift.answer(gift.sessions.map(({ sessionId }) => sessionId).filter((sessionId) => given.has(sessionId)));
    }
  }

  async #activateClaim(claim: Claim): Promise<void> {
    if (!this.#claims.has(claim)) return;
    const { host, sessionId } = claim;
    const outcome = await this.#store.activate(sessionId).catch((error) => this.#refuseUnreadable(sessionId, error));
    if (!this.#claims.delete(claim)) return; // Its host died meanwhile.
    if (this.#isDebug) this.#log('debug', 'session.claimed', { host, sessionId, ...logFieldsOf(outcome) });
    this.#hosts.get(host)?.postMessage({ kind: 'activated', sessionId, outcome } satisfies FromPersistence);
  }

  /** Refuses a session whose rows can't be read, so that the others go on; throws while PostgreSQL is away. */
  #refuseUnreadable(sessionId: string, error: unknown): Outcome<never> {
    if (isAway(error)) throw error;
    this.#log('error', 'session.unreadable', { sessionId, reason: reasonOf(error) });
    return failed('internal', 'The session could not be read. It has been logged.');
  }

  #noteTouch(chatId: string, newestMs: number): void {
    if (this.#touches.size === 0)
      setTimeout(() => {
        this.#touchesAreDue = true;
        this.#machine.send({ type: 'work' });
      }, touchIntervalMs);
    if ((this.#touches.get(chatId) ?? 0) < newestMs) this.#touches.set(chatId, newestMs);
  }

  #receiveFromMain(message: MainToPersistence): void {
    if (message.kind === 'attachHost') return this.#attachHost(message.host, message.port);
    if (message.kind === 'databaseAnswers') return this.#store.giveUpWaiting();
    if (message.kind === 'metrics') return void this.#replyMetrics(message.replyTo);
    if (message.kind === 'runBegan') this.#deadRuns.add(this.#store.changeRun(message.runId));
    else if (message.kind === 'give') this.#addGift(message);
    else this.#drains.push(message.replyTo);
    this.#machine.send({ type: 'work' });
  }

  #addGift({ replyTo, sessions }: Extract<MainToPersistence, { kind: 'give' }>): void {
    const answer = (given: readonly string[]) =>
      this.#postToMain({ kind: 'reply', replyTo, outcome: succeeded({ kind: 'given', sessionIds: given }) });
    this.#gifts.add({ sessions, answer });
  }

  #attachHost(host: number, port: MessagePort): void {
    this.#hosts.get(host)?.close();
    for (const queued of this.#waiting) if (queued.host === host) queued.host = replacedHost;
    for (const claim of this.#claims) if (claim.host === host) this.#claims.delete(claim);
    for (const question of this.#spendingQuestions)
      if (question.host === host) this.#spendingQuestions.delete(question);
    this.#hosts.set(host, port);
    port.on('message', (message: ToPersistence) => {
      if (message.kind === 'keepFile' || message.kind === 'loadFile') return void this.#answerFile(port, message);
      if (message.kind === 'activate') this.#claims.add({ host, sessionId: message.sessionId });
      else if (message.kind === 'give') this.#addGiftOf(port, message.session);
      else if (message.kind === 'spending') this.#spendingQuestions.add({ ...message, host });
      else if (message.kind === 'spendingEnds') this.#releaseSpending(message.sessionId);
      else for (const write of message.writes) this.#waiting.push({ host, write });
      this.#machine.send({ type: 'work' });
    });
  }

  #addGiftOf(port: MessagePort, session: OwnedSession): void {
    const { sessionId } = session;
    const answer = () => port.postMessage({ kind: 'given', sessionId } satisfies FromPersistence);
    this.#gifts.add({ sessions: [session], answer });
  }

  /** Beside the batches, which it neither waits for nor holds up. */
  async #answerFile(port: MessagePort, request: Extract<ToPersistence, { replyTo: number }>): Promise<void> {
    const { replyTo, sessionId, digest } = request;
    const asking =
      request.kind === 'keepFile'
        ? this.#store.keepFile(sessionId, digest, request.bytes)
        : this.#store.loadFile(sessionId, digest);
    const outcome = await asking.catch((error) => {
      this.#log('warn', 'storage.file', { sessionId, reason: reasonOf(error) });
      return fileUnavailable;
    });
    port.postMessage({ kind: 'file', replyTo, outcome } satisfies FromPersistence);
  }

  async #replyMetrics(replyTo: number): Promise<void> {
    const metrics = await this.#metrics.collectMetrics();
    this.#postToMain({ kind: 'reply', replyTo, outcome: succeeded({ kind: 'metrics', metrics }) });
  }

  #replyDrained(): void {
    for (const replyTo of this.#drains)
      this.#postToMain({ kind: 'reply', replyTo, outcome: succeeded({ kind: 'drained' }) });
    if (this.#drains.length > 0) setImmediate(() => this.#resolveFinished());
    this.#drains = [];
  }

  #postToMain(message: PersistenceToMain): void {
    this.#mainThread.postMessage(message);
  }

  #log(level: LogEntry['level'], event: LogEvent, fields: LogEntry['fields']): void {
    this.#postToMain({ kind: 'log', entry: { level, event, fields } });
  }
}

const logFieldsOf = (outcome: Outcome<Activation>) =>
  outcome.ok
    ? { outcome: 'done', epoch: outcome.value.record.epoch, events: outcome.value.events.length }
    : { outcome: outcome.failure.code };
