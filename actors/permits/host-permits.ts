// A host's side of the providers' limits: asks the main thread for permits, and tells it what came of requests.
import type { PermitAnswer, PermitAsk, PermitWord, RequestNews } from '../../schema/permits.ts';

/** A request that may be sent. It is over when `end` is called, which has to be. */
export type Permit = { hear(news: RequestNews): void; end(): void };

export type PermitRequest = Omit<PermitAsk, 'id' | 'userId'> & {
  signal: AbortSignal;
  /** Is told how long it takes at least, where it can't be sent at once. */
  onWaits(waitMs: number): void;
};

/** What asks for the permits of one user's sessions. */
export type PermitSource = {
  /** @returns undefined where it was cancelled before */
  takePermit(request: PermitRequest): Promise<Permit | undefined>;
};

type Waiting = { grant(): void; onWaits(waitMs: number): void };

export class HostPermits {
  readonly #host: number;
  readonly #say: (word: PermitWord) => void;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;

  constructor(host: number, say: (word: PermitWord) => void) {
    this.#host = host;
    this.#say = say;
  }

  /** For the sessions of one user. */
  of(userId: string): PermitSource {
    return { takePermit: (request) => this.#takePermit(userId, request) };
  }

  receive(answer: PermitAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (answer.say === 'granted') waiting?.grant();
    else waiting?.onWaits(answer.waitMs);
  }

  #takePermit(
    userId: string,
    { signal, onWaits, key, tokens, freshTokens }: PermitRequest,
  ): Promise<Permit | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const id = `${permitPrefixOf(this.#host)}${++this.#asked}`;
    const permit = {
      hear: (news: RequestNews) => this.#say({ say: 'news', id, news }),
      end: () => this.#say({ say: 'ended', id }),
    };
    return new Promise((resolve) => {
      const settle = (result: Permit | undefined) => {
        this.#waiting.delete(id);
        signal.removeEventListener('abort', cancel);
        resolve(result);
      };
      const cancel = () => {
        permit.end();
        settle(undefined);
      };
      signal.addEventListener('abort', cancel, { once: true });
      this.#waiting.set(id, { grant: () => settle(permit), onWaits });
      this.#say({ say: 'asked', ask: { id, key, userId, tokens, freshTokens } });
    });
  }
}

/** The beginning of the ids of one host's permits. */
export const permitPrefixOf = (host: number): string => `${host}:`;
