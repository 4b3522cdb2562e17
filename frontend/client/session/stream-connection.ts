// One stream of server-sent events of a session, where there can be no WebSocket: opened with a position, watched, and told of
// once when it is over. Nothing can be said on it.
import { describeThrown, errorOfFrame, LucidError } from '../lucid-error.ts';
import type { Bounds, Settings } from '../options.ts';
import { addresses } from '../rest/addresses.ts';
import { headersOf, urlOf } from '../rest/call.ts';
import { readAnswer } from '../rest/read-answer.ts';
import { type Attaching, type ConnectionActions, noAnswerWithin, noFrame, nothingHeard } from './connection.ts';
import { type ErrorFrame, readFrame } from './frames.ts';
import { Heartbeat } from './heartbeat.ts';

export type StreamOptions = Pick<Settings, 'fetch' | 'userId' | 'internalKey' | 'baseUrl'> & {
  bounds: Pick<Bounds, 'connectTimeoutMs' | 'silenceMaxMs' | 'wakePatienceMs'>;
};

const [normalClose, notBelievedClose, noCloseSeen] = [1000, 4010, 1006];
/** The engine can't be asked for a sign of life, but gives one every 28 s unless told otherwise. */
const silenceFactor = 2;

export class StreamConnection {
  readonly #options: StreamOptions;
  /** For sentences. */
  readonly #url: string;
  readonly #actions: ConnectionActions;
  readonly #ending = new AbortController();
  #heartbeat: Heartbeat | undefined;
  #isOpen = false;
  #refusal: ErrorFrame | undefined;

  constructor(options: StreamOptions, attaching: Attaching, actions: ConnectionActions) {
    this.#options = options;
    this.#actions = actions;
    const url = urlOf(options.baseUrl, addresses.readEvents.path, { parameters: { id: attaching.sessionId } });
    this.#url = url.href;
    const { connectTimeoutMs, silenceMaxMs } = options.bounds;
    const timer = setTimeout(() => this.#fail(noAnswerWithin(this.#url, connectTimeoutMs)), connectTimeoutMs);
    this.#ending.signal.addEventListener('abort', () => {
      clearTimeout(timer);
      this.#heartbeat?.stop();
    });
    void this.#follow(url, attaching, () => {
      clearTimeout(timer);
      this.#isOpen = true;
      this.#heartbeat = new Heartbeat(silenceFactor * silenceMaxMs, {
        ping: () => undefined,
        giveUp: () => this.#fail(nothingHeard(this.#url)),
      });
    });
  }

  send(): void {}

  probe(): void {
    this.#heartbeat?.probe(this.#options.bounds.wakePatienceMs);
  }

  leave(): void {
    this.#ending.abort();
  }

  async #follow(url: URL, { token, position: { epoch, sequence } }: Attaching, open: () => void): Promise<void> {
    if (sequence > 0) url.searchParams.set('last_sequence', String(sequence));
    if (epoch > 0) url.searchParams.set('epoch', String(epoch));
    const headers = {
      ...headersOf(this.#options, undefined),
      Accept: 'text/event-stream',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
    try {
      const { signal } = this.#ending;
      const answer = await this.#options.fetch(url, { headers, signal, redirect: 'manual', cache: 'no-store' });
      if (answer.status === 204) return this.#close(normalClose); // The session has ended, and all of it was heard.
      if (answer.status !== 200 || !answer.body)
        return this.#fail(await readAnswer(answer).then(() => noFrame(this.#url)));
      if (signal.aborted) return;
      open();
      await this.#read(answer.body.getReader());
      if (this.#refusal) this.#fail(errorOfFrame(this.#refusal));
      else this.#close(noCloseSeen);
    } catch (error) {
      const lost = `The connection to ${this.#url} was lost: ${describeThrown(error)}`;
      this.#fail(error instanceof LucidError ? error : new LucidError('connectionLost', lost, { cause: error }));
    }
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      this.#heartbeat?.hear();
      const events = (rest + decoder.decode(piece.value, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) this.#hear(event);
      if (this.#ending.signal.aborted) return;
    }
  }

  #hear(event: string): void {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (this.#ending.signal.aborted || data === undefined) return; // A comment, or how long to wait.
    if (event.startsWith('event: end')) return this.#close(normalClose);
    const heard = readFrame(data);
    if (!heard) return this.#fail(noFrame(this.#url));
    if (heard.kind === 'pong') return;
    if (heard.kind === 'refused') this.#refusal = heard.frame;
    this.#actions.hear(heard);
  }

  #fail(error: LucidError): void {
    this.#close(error.code === 'notAuthenticated' ? notBelievedClose : noCloseSeen, error);
  }

  #close(code: number, error?: LucidError): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#actions.close({ code, error, wasOpen: this.#isOpen });
  }
}
