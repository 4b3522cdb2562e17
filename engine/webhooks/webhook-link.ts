// The main thread's line to the thread that delivers: starts it once, wakes it, and starts it again when it has failed.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { waitWithin } from '../../sandbox/scheduling/wait-within.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { MainToWebhooks, WebhooksToMain, WebhookThreadData } from '../../schema/thread.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** A thread that can't do its work, for want of PostgreSQL or of a right there. */
const restartDelayMs = 5_000;
/** For giving back what was begun; the rest is given up by the queue, after its time. */
const endTimeoutMs = 2_000;

export type WebhookLinkDependencies = {
  /** Of one thread. */
  pool: Pick<Piscina, 'run'>;
  data: Omit<WebhookThreadData, 'mainThread'>;
  log: Log;
  metrics: Pick<Metrics, 'countWebhookTry'>;
};

export class WebhookLink {
  readonly #dependencies: WebhookLinkDependencies;
  #running: { port: MessagePort; ended: Promise<void> } | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(dependencies: WebhookLinkDependencies) {
    this.#dependencies = dependencies;
  }

  /** Nothing, where it is started already. */
  start(): void {
    if (this.#running || this.#restart || this.#isEnding) return;
    const { pool, data, log, metrics } = this.#dependencies;
    const { port1: port, port2: mainThread } = new MessageChannel();
    port.on('message', (message: WebhooksToMain) => {
      if (message.kind === 'log') log.writeEntry(message.entry);
      else metrics.countWebhookTry(message.outcome);
    });
    const work: WebhookThreadData = { ...data, mainThread };
    const ended = pool.run(work, { name: 'runWebhookThread', transferList: [mainThread] }).then(
      () => this.#noteEnd(port, 'The thread ended.'),
      (error) => this.#noteEnd(port, reasonOf(error)),
    );
    this.#running = { port, ended };
  }

  wake(): void {
    this.#tell({ kind: 'wake' });
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#restart);
    this.#tell({ kind: 'end' });
    if (this.#running) await waitWithin(this.#running.ended, endTimeoutMs);
  }

  #tell(message: MainToWebhooks): void {
    this.#running?.port.postMessage(message);
  }

  #noteEnd(port: MessagePort, reason: string): void {
    port.close();
    this.#running = undefined;
    if (this.#isEnding) return;
    this.#dependencies.log.warn('webhooks.failed', { reason });
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.start();
    }, restartDelayMs).unref();
  }
}
