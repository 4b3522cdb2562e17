// The token that calls are made with: one that stays, or one that is asked for, and asked for again when it isn't believed.
import { describeThrown, LucidError } from './lucid-error.ts';

export type Token = string | (() => string | Promise<string>);

export class TokenSource {
  readonly #token: Token | undefined;
  readonly #patienceMs: number;
  #known: string | undefined;
  #asking: Promise<string> | undefined;

  /** @param patienceMs how long a function may take */
  constructor(token: Token | undefined, patienceMs: number) {
    this.#token = token;
    this.#patienceMs = patienceMs;
    if (typeof token === 'string') this.#known = token;
  }

  /** Undefined where there is none. Who asks at the same time gets the same. @throws LucidError `noToken` */
  read(): Promise<string | undefined> {
    if (typeof this.#token !== 'function' || this.#known !== undefined) return Promise.resolve(this.#known);
    this.#asking ??= this.#ask(this.#token).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /**
   * The engine doesn't believe this one. Who says so late, of one that was replaced meanwhile, costs no other asking.
   * @returns whether another one can be had
   */
  refuse(token: string | undefined): boolean {
    if (typeof this.#token !== 'function') return false;
    if (this.#known === token) this.#known = undefined;
    return true;
  }

  async #ask(ask: () => string | Promise<string>): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lateness = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`none came within ${this.#patienceMs / 1_000} s`)), this.#patienceMs);
    });
    try {
      this.#known = await Promise.race([ask(), lateness]);
      return this.#known;
    } catch (error) {
      throw new LucidError('noToken', `No token could be had: ${describeThrown(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}
