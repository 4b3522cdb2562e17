// Whether vendors take callers' keys: asked once, remembered for a while, and never in the way when a vendor is away.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { canBeSent } from '../../actors/models/key.ts';
import { checkKey, type KeyVerdict } from '../../actors/models/key-check.ts';
import { type Failure, failed } from '../../schema/error.ts';
import type { ProviderName } from '../../schema/session.ts';

/** Keys whose verdict is remembered: a good one for minutes, another shortly, since it may be mended. */
const checkedKeysMax = 10_000;
const goodKeyMs = 300_000;
const doubtfulKeyMs = 10_000;

type Known = { verdict: KeyVerdict; untilMs: number };

export class CallerKeys {
  readonly #baseUrlOf: (provider: ProviderName) => string | undefined;
  readonly #now: () => number;
  /** By a digest, so that no key is kept longer than its session. */
  readonly #known = new LRUCache<string, Known>({ max: checkedKeysMax });

  constructor(baseUrlOf: (provider: ProviderName) => string | undefined, now: () => number) {
    this.#baseUrlOf = baseUrlOf;
    this.#now = now;
  }

  /** Why a session with this key is not begun; undefined where the vendor takes it, or can't be asked. */
  async findFailure(provider: ProviderName, apiKey: string | null): Promise<Failure | undefined> {
    if (apiKey === null) return undefined;
    if (!canBeSent(apiKey)) return unusableKey;
    return (await this.#judgeKey(provider, apiKey)) === 'wrong' ? wrongKeyOf(provider) : undefined;
  }

  async #judgeKey(provider: ProviderName, apiKey: string): Promise<KeyVerdict> {
    const digest = createHash('sha256').update(`${provider} ${apiKey}`).digest('base64');
    const known = this.#known.get(digest);
    if (known && known.untilMs > this.#now()) return known.verdict;
    const verdict = await checkKey({ provider, apiKey, baseUrl: this.#baseUrlOf(provider) });
    const forMs = verdict === 'ok' ? goodKeyMs : doubtfulKeyMs;
    this.#known.set(digest, { verdict, untilMs: this.#now() + forMs });
    return verdict;
  }
}

const unusableKey = failed('badKey', 'The API key holds characters that no key has.').failure;

const wrongKeyOf = (provider: ProviderName): Failure =>
  failed('wrongKey', `${provider === 'google' ? 'Google' : 'Anthropic'} does not accept this API key.`).failure;
