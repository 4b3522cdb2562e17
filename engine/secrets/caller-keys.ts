// Checks callers' keys with their providers: asked once, remembered for a while, and accepted while a provider is away.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { canBeSent } from '../../actors/models/key.ts';
import { checkKey } from '../../actors/models/key-check.ts';
import type { KeyVerdict, Provider } from '../../actors/models/providers/provider.ts';
import { badProviderSentence, findProvider } from '../../actors/models/providers/registry.ts';
import { type Failure, failed } from '../../schema/error.ts';
import type { ProviderName } from '../../schema/session.ts';

/** How many keys' verdicts are remembered: a good one for minutes, another for seconds, since the key may be mended. */
const checkedKeysMax = 10_000;
const goodKeyMs = 300_000;
const doubtfulKeyMs = 10_000;

type Known = { verdict: KeyVerdict; untilMs: number };

export class CallerKeys {
  readonly #baseUrl: string | undefined;
  readonly #now: () => number;
  /** Verdicts by a digest of the key, so that no key is kept longer than its session. */
  readonly #known = new LRUCache<string, Known>({ max: checkedKeysMax });

  /** @param baseUrl the address that replaces the providers' own, if any */
  constructor(baseUrl: string | undefined, now: () => number) {
    this.#baseUrl = baseUrl;
    this.#now = now;
  }

  /** @returns why a session with this key can't begin; undefined where the provider takes the key, or can't be asked */
  async findFailure(providerName: ProviderName, apiKey: string | null): Promise<Failure | undefined> {
    if (apiKey === null) return undefined;
    if (!canBeSent(apiKey)) return unusableKey;
    const provider = findProvider(providerName);
    if (!provider) return failed('badProvider', badProviderSentence).failure;
    return (await this.#judgeKey(provider, apiKey)) === 'wrong' ? wrongKeyOf(provider) : undefined;
  }

  async #judgeKey(provider: Provider, apiKey: string): Promise<KeyVerdict> {
    const digest = createHash('sha256').update(`${provider.name} ${apiKey}`).digest('base64');
    const known = this.#known.get(digest);
    if (known && known.untilMs > this.#now()) return known.verdict;
    const verdict = await checkKey({ provider, apiKey, baseUrl: this.#baseUrl });
    const forMs = verdict === 'ok' ? goodKeyMs : doubtfulKeyMs;
    this.#known.set(digest, { verdict, untilMs: this.#now() + forMs });
    return verdict;
  }
}

const unusableKey = failed('badKey', 'The API key holds characters that no key has.').failure;

const wrongKeyOf = ({ label }: Provider): Failure =>
  failed('wrongKey', `${label} does not accept this API key.`).failure;
