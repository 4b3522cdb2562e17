// One client of a deployment: starts a session, sends a message after each turn, and stops the session at the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { CountingSocket, type CountingSocketOptions } from '../generators/counting-socket.ts';
import { readFrame } from '../generators/received-frame.ts';
import type { LoadTally } from './load-tally.ts';

export type LoadClientOptions = {
  address: Omit<CountingSocketOptions, 'onText' | 'onClose'>;
  task: string;
  thinkMs: number;
  tally: LoadTally;
  /** Aborted where the client is to stop its session and begin nothing new. */
  over: AbortSignal;
};

const stopWithinMs = 15_000;

/** Resolves when the session is stopped or broken; errors are tallied, not thrown. */
export async function runLoadClient(options: LoadClientOptions): Promise<void> {
  const { address, tally } = options;
  const startedAtMs = performance.now();
  const conversation = new Conversation(tally);
  try {
    const socket = await CountingSocket.open({
      ...address,
      onText: (text) => conversation.takeText(text),
      onClose: (code) => conversation.takeClose(code),
    });
    tally.recordTime('connect', performance.now() - startedAtMs);
    tally.open++;
    await converse(socket, conversation, options);
  } catch (error) {
    tally.recordError((error as NodeJS.ErrnoException).code ?? (error as Error).message);
  }
}

async function converse(socket: CountingSocket, conversation: Conversation, options: LoadClientOptions): Promise<void> {
  const { task, thinkMs, over } = options;
  const whenOver = new Promise<void>((resolve) => {
    over.addEventListener('abort', () => resolve(), { once: true });
  });
  let next: object = { task };
  while (!over.aborted && !conversation.isClosed) {
    const turn = conversation.beginTurn();
    socket.send(JSON.stringify(next));
    await Promise.race([turn, whenOver]);
    await sleep(thinkMs, undefined, { signal: over }).catch(() => undefined);
    next = { type: 'message', content: task };
  }
  conversation.isEnding = true;
  if (!conversation.isClosed) socket.send(JSON.stringify({ type: 'stop' }));
  await Promise.race([conversation.whenClosed, sleep(stopWithinMs, undefined, { ref: false })]);
  socket.cut();
}

class Conversation {
  isEnding = false;
  isClosed = false;
  readonly whenClosed: Promise<void>;
  readonly #tally: LoadTally;
  #resolveClosed: () => void = () => undefined;
  #endTurn: () => void = () => undefined;
  #sentAtMs = 0;
  #isAcknowledged = false;

  constructor(tally: LoadTally) {
    this.#tally = tally;
    this.whenClosed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Resolves when the turn of the message that is sent next has ended, however it ended. */
  beginTurn(): Promise<void> {
    this.#sentAtMs = performance.now();
    this.#isAcknowledged = false;
    return new Promise((resolve) => {
      this.#endTurn = resolve;
    });
  }

  takeText(text: string): void {
    const { type, status, code, sequence } = readFrame(text);
    if (sequence !== undefined) this.#tally.events++;
    if (type === 'ack' && !this.#isAcknowledged && !this.isEnding) {
      this.#isAcknowledged = true;
      this.#tally.recordTime('acknowledged', performance.now() - this.#sentAtMs);
    }
    if (status === 'completed') {
      if (!this.isEnding) this.#tally.recordTime('turn', performance.now() - this.#sentAtMs);
      this.#endTurn();
    }
    if (type === 'error') {
      this.#tally.recordError(code ?? 'error');
      this.#endTurn(); // A refused client waits as between turns, and tries again.
    }
  }

  takeClose(code: number | undefined): void {
    this.isClosed = true;
    this.#tally.open--;
    if (!this.isEnding) this.#tally.recordError(`closed ${code ?? 'without a word'}`);
    this.#endTurn();
    this.#resolveClosed();
  }
}
