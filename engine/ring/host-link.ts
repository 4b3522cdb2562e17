// The main thread's link to one host: posts messages in arrays, and matches requests with replies.
import type { MessagePort } from 'node:worker_threads';
import { failed, type Outcome } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { FromHost, Reply, ToHost } from '../../schema/thread.ts';
import type { WorkspaceRequest } from '../../schema/workspace-request.ts';

/** How many requests one host may hold until they are stored: one batch being written, and the next. */
export const hostRequestsMax = 4_000;
/** Bytes of those requests' texts and files, which several threads hold at once. */
export const hostRequestBytesMax = 8 * 1024 * 1024;
/** How long a host may take to reply. */
export const requestTimeoutMs = 30_000;

type Pending = { resolve(outcome: Outcome<Reply>): void; deadlineMs: number; bytes: number };

/** A message without the number that its reply will carry. */
type Unnumbered<Message> = Message extends { replyTo: number } ? Omit<Message, 'replyTo'> : never;
export type HostRequest = Unnumbered<ToHost>;

const noAnswer = (detail: string) => failed('noAnswer', detail, { retryAfterMs: 1_000 });

/** Bytes of files but uploads, which the server bounds together, and two for each UTF-16 unit of the texts whose length clients choose. */
function bytesOf(request: HostRequest): number {
  if (request.kind === 'create') return 2 * request.settings.task.length;
  if (request.kind === 'workspace') return bytesOfFile(request.request);
  return request.kind === 'command' && request.command.type === 'message' ? 2 * request.command.content.length : 0;
}

/** Without those of an upload. */
export function bytesOfFile(request: WorkspaceRequest): number {
  const bytes = request.ask === 'writeFile' ? request.content.length : 0;
  return bytes > limits.bodyBytesMax ? 0 : bytes;
}

/** The way to a session's host, be it a thread of this engine or another engine. */
export type Link = Pick<HostLink, 'ask' | 'tell' | 'isFull'>;
/** The hosts of the sessions in a directory, by their numbers there. */
export type Hosts = { getLink(host: number): Link };

export class HostLink {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  readonly #expiry: NodeJS.Timeout;
  #outgoing: ToHost[] = [];
  /** Bytes of the pending requests' texts. */
  #pendingBytes = 0;
  #replyTo = 0;
  #isDead = false;

  /** @param onMessage gets everything that isn't a reply */
  constructor(port: MessagePort, onMessage: (message: Exclude<FromHost, { kind: 'reply' }>) => void) {
    this.#port = port;
    port.on('message', (messages: FromHost[]) => {
      for (const message of messages) {
        if (message.kind === 'reply') this.#resolve(message.replyTo, message.outcome);
        else onMessage(message);
      }
    });
    this.#expiry = setInterval(() => this.#expire(), limits.sweepIntervalMs);
    this.#expiry.unref();
  }

  tell(
    message: Extract<ToHost, { kind: 'clients' | 'viewers' | 'secrets' | 'giveUp' | 'abandon' | 'letGo' | 'permit' }>,
  ): void {
    this.#send(message);
  }

  /** While the link is full, commands and new sessions are refused before the host is told of them. */
  get isFull(): boolean {
    return this.#pending.size >= hostRequestsMax || this.#pendingBytes >= hostRequestBytesMax;
  }

  /** @returns the host's reply, or `noAnswer` when it takes too long or dies */
  ask(request: HostRequest, timeoutMs: number = requestTimeoutMs): Promise<Outcome<Reply>> {
    if (this.#isDead) return Promise.resolve(noAnswer('The host of this session is being replaced.'));
    const replyTo = ++this.#replyTo;
    return new Promise((resolve) => {
      const bytes = bytesOf(request);
      this.#pendingBytes += bytes;
      this.#pending.set(replyTo, { resolve, deadlineMs: performance.now() + timeoutMs, bytes });
      this.#send({ ...request, replyTo } as ToHost);
    });
  }

  /** Answers every pending request, since the host is gone. */
  close(): void {
    this.#isDead = true;
    clearInterval(this.#expiry);
    this.#port.close();
    for (const replyTo of [...this.#pending.keys()])
      this.#resolve(replyTo, noAnswer('The host of this session is being replaced.'));
  }

  #send(message: ToHost): void {
    if (this.#outgoing.push(message) > 1) return;
    setImmediate(() => {
      this.#port.postMessage(this.#outgoing);
      this.#outgoing = [];
    });
  }

  #resolve(replyTo: number, outcome: Outcome<Reply>): void {
    const pending = this.#pending.get(replyTo);
    if (!pending) return;
    this.#pending.delete(replyTo);
    this.#pendingBytes -= pending.bytes;
    pending.resolve(outcome);
  }

  #expire(): void {
    const now = performance.now();
    for (const [replyTo, { deadlineMs }] of this.#pending) {
      if (deadlineMs > now) continue;
      this.#resolve(replyTo, noAnswer('The session did not answer in time.'));
    }
  }
}
