// A host's line to the main thread: messages travel in arrays, one post per turn of the event loop.
import type { MessagePort } from 'node:worker_threads';
import type { Outcome } from '../schema/error.ts';
import type { LogEntry, LogEvent } from '../schema/log.ts';
import type { FromHost, Reply, ToHost } from '../schema/thread.ts';

export class MainLink {
  readonly #port: MessagePort;
  #gathered: FromHost[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  start(receive: (message: ToHost) => void): void {
    this.#port.on('message', (messages: ToHost[]) => {
      for (const message of messages) receive(message);
    });
  }

  post(message: FromHost): void {
    if (this.#gathered.push(message) > 1) return;
    setImmediate(() => {
      this.#port.postMessage(this.#gathered);
      this.#gathered = [];
    });
  }

  reply(replyTo: number, outcome: Outcome<Reply>): void {
    this.post({ kind: 'reply', replyTo, outcome });
  }

  log(entry: LogEntry): void {
    this.post({ kind: 'log', entry });
  }

  /** Logs a bug, or a failure to release something, that nobody waits for. */
  logError(event: LogEvent, reason: unknown): void {
    const error = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    this.log({ level: 'error', event, fields: { error } });
  }
}
