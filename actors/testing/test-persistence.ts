// The persistence actor between real ports, with a store that the test controls.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { OwnedSession } from '../../schema/ownership.ts';
import type { DaySpending } from '../../schema/spending.ts';
import type { Activation, FromPersistence, PersistenceToMain, ToPersistence, Write } from '../../schema/thread.ts';
import { allStored, type BatchResult, type QueuedWrite } from '../persistence/batch.ts';
import { Persistence } from '../persistence/persistence.ts';
import type { PersistenceStore } from '../persistence/persistence-store.ts';

type StoredBatch = { writes: Write[]; touches: Record<string, number> };

/** Stores nothing: keeps what it was given, and answers at once or when the test says so. */
class FakePersistenceStore implements PersistenceStore {
  readonly stores: StoredBatch[] = [];
  readonly activations: string[] = [];
  readonly gifts: string[][] = [];
  /** While true, a call waits until `settle`. */
  isHeld = false;
  /** Throws while there is something to throw. */
  failure: Error | undefined;
  result: (batch: readonly QueuedWrite[]) => BatchResult = () => allStored;
  activation: (sessionId: string) => Outcome<Activation> = () => failed('noSuchSession', 'There is none.');
  #waiting: (() => void)[] = [];

  async storeWrites(batch: readonly QueuedWrite[], touches: ReadonlyMap<string, number>): Promise<BatchResult> {
    this.stores.push({ writes: batch.map(({ write }) => write), touches: Object.fromEntries(touches) });
    await this.#waitForTurn();
    return this.result(batch);
  }

  async activate(sessionId: string): Promise<Outcome<Activation>> {
    this.activations.push(sessionId);
    await this.#waitForTurn();
    return this.activation(sessionId);
  }

  async give(sessions: readonly OwnedSession[]): Promise<readonly string[]> {
    const sessionIds = sessions.map(({ sessionId }) => sessionId);
    this.gifts.push(sessionIds);
    await this.#waitForTurn();
    return sessionIds;
  }

  async keepFile(): Promise<Outcome<null>> {
    return succeeded(null);
  }

  async loadFile(): Promise<Outcome<Uint8Array | null>> {
    return succeeded(null);
  }

  async readSpending(): Promise<DaySpending> {
    return { userUsd: 0, engineUsd: 0 };
  }

  givenUp = 0;
  readonly leftRuns: string[] = [];
  #runId = 'first';

  changeRun(runId: string): string {
    const before = this.#runId;
    this.#runId = runId;
    return before;
  }

  async leaveRun(runId: string): Promise<void> {
    await this.#waitForTurn();
    this.leftRuns.push(runId);
  }

  giveUpWaiting(): void {
    this.givenUp++;
  }

  /** Lets the call that waits go on. */
  settleCalls(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #waitForTurn(): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.failure) throw this.failure;
  }
}

export class ConnectedHost {
  readonly received: FromPersistence[] = [];
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromPersistence) => this.received.push(message));
  }

  sendWrites(...writes: Write[]): void {
    this.#send({ kind: 'writes', writes });
  }

  requestActivation(sessionId: string): void {
    this.#send({ kind: 'activate', sessionId });
  }

  /** The host's thread ends. */
  closePort(): void {
    this.#port.close();
  }

  #send(message: ToPersistence): void {
    this.#port.postMessage(message);
  }
}

export class TestPersistence {
  readonly store = new FakePersistenceStore();
  /** What the main thread received. */
  readonly received: PersistenceToMain[] = [];
  readonly #mainThread: MessagePort;
  readonly #ports: MessagePort[] = [];
  readonly actor: Persistence;

  /** @param store in place of the one that the test controls */
  constructor(store?: PersistenceStore) {
    const { port1, port2 } = new MessageChannel();
    this.actor = new Persistence(port2, store ?? this.store);
    this.#mainThread = port1;
    this.#ports.push(port1);
    port1.on('message', (message: PersistenceToMain) => this.received.push(message));
  }

  attachHost(host: number): ConnectedHost {
    const { port1, port2 } = new MessageChannel();
    this.#mainThread.postMessage({ kind: 'attachHost', host, port: port2 }, [port2]);
    this.#ports.push(port1);
    return new ConnectedHost(port1);
  }

  sendDatabaseAnswers(): void {
    this.#mainThread.postMessage({ kind: 'databaseAnswers' });
  }

  beginRun(runId: string): void {
    this.#mainThread.postMessage({ kind: 'runBegan', runId });
  }

  request(kind: 'drain' | 'metrics', replyTo: number): void {
    this.#mainThread.postMessage({ kind, replyTo });
  }

  listReceived<Kind extends PersistenceToMain['kind']>(kind: Kind): Extract<PersistenceToMain, { kind: Kind }>[] {
    return this.received.filter((message) => message.kind === kind) as Extract<PersistenceToMain, { kind: Kind }>[];
  }

  /** The sequences of all frames that the main thread got, by session. */
  get frames(): [sessionId: string, sequence: number][] {
    return this.listReceived('frames').flatMap(({ frames }) =>
      frames.map((frame): [string, number] => [frame.sessionId, frame.sequence]),
    );
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }
}
