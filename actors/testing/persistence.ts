// The persistence actor between real ports, with a storage that a test holds in its hands.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Outcome } from '../../schema/error.ts';
import { failed } from '../../schema/error.ts';
import type { Activation, FromPersistence, PersistenceToGateway, ToPersistence, Write } from '../../schema/thread.ts';
import { nothingSpecial, type Queued, type Result } from '../persistence/batch.ts';
import { Persistence } from '../persistence/persistence.ts';
import type { Storage } from '../persistence/storage.ts';

export type Stored = { writes: Write[]; touches: Record<string, number> };

/** Stores nothing; what it was given is kept, and answered at once, or when the test says so. */
export class FakeStorage implements Storage {
  readonly stores: Stored[] = [];
  readonly activations: string[] = [];
  /** While true, a call waits until `settle`. */
  isHeld = false;
  /** Throws while there is something to throw. */
  failure: Error | undefined;
  result: (batch: readonly Queued[]) => Result = () => nothingSpecial;
  activation: (sessionId: string) => Outcome<Activation> = () => failed('noSuchSession', 'There is none.');
  #waiting: (() => void)[] = [];

  async store(batch: readonly Queued[], touches: ReadonlyMap<string, number>): Promise<Result> {
    this.stores.push({ writes: batch.map(({ write }) => write), touches: Object.fromEntries(touches) });
    await this.#turn();
    return this.result(batch);
  }

  async activate(sessionId: string): Promise<Outcome<Activation>> {
    this.activations.push(sessionId);
    await this.#turn();
    return this.activation(sessionId);
  }

  givenUp = 0;
  readonly runs: string[] = [];

  runBegan(runId: string): void {
    this.runs.push(runId);
  }

  giveUp(): void {
    this.givenUp++;
  }

  /** Lets the call that waits go on. */
  settle(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #turn(): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.failure) throw this.failure;
  }
}

export class TestHost {
  readonly heard: FromPersistence[] = [];
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromPersistence) => this.heard.push(message));
  }

  writes(...writes: Write[]): void {
    this.#tell({ kind: 'writes', writes });
  }

  activates(sessionId: string): void {
    this.#tell({ kind: 'activate', sessionId });
  }

  /** The host's thread ends. */
  dies(): void {
    this.#port.close();
  }

  #tell(message: ToPersistence): void {
    this.#port.postMessage(message);
  }
}

export class TestPersistence {
  readonly storage = new FakeStorage();
  /** What the gateway heard. */
  readonly heard: PersistenceToGateway[] = [];
  readonly #gateway: MessagePort;
  readonly #ports: MessagePort[] = [];
  readonly actor: Persistence;

  /** @param storage in place of the one that the test holds in its hands */
  constructor(storage?: Storage) {
    const { port1, port2 } = new MessageChannel();
    this.actor = new Persistence(port2, storage ?? this.storage);
    this.#gateway = port1;
    this.#ports.push(port1);
    port1.on('message', (message: PersistenceToGateway) => this.heard.push(message));
  }

  attach(host: number): TestHost {
    const { port1, port2 } = new MessageChannel();
    this.#gateway.postMessage({ kind: 'attachHost', host, port: port2 }, [port2]);
    this.#ports.push(port1);
    return new TestHost(port1);
  }

  hearsThatTheDatabaseAnswers(): void {
    this.#gateway.postMessage({ kind: 'databaseAnswers' });
  }

  asks(kind: 'drain' | 'metrics', replyTo: number): void {
    this.#gateway.postMessage({ kind, replyTo });
  }

  heardOf<Kind extends PersistenceToGateway['kind']>(kind: Kind): Extract<PersistenceToGateway, { kind: Kind }>[] {
    return this.heard.filter((message) => message.kind === kind) as Extract<PersistenceToGateway, { kind: Kind }>[];
  }

  /** The sequences of all frames that the gateway got, by session. */
  get frames(): [sessionId: string, sequence: number][] {
    return this.heardOf('frames').flatMap(({ frames }) =>
      frames.map((frame): [string, number] => [frame.sessionId, frame.sequence]),
    );
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }
}
