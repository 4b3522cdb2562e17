// Finds out whether a vendor takes a key, by its cheapest request. No package of a vendor is loaded for it.
import * as v from 'valibot';
import type { ProviderName } from '../../schema/session.ts';
import { canBeSent } from './key.ts';

/** Finding out whether a key works: one small request. */
const keyCheckTimeoutMs = 5_000;
const keyCheckBytesMax = 64 * 1024;

/** `unknown`: the vendor could not be asked, or said neither yes nor no. Such a key is to be tried. */
export type KeyVerdict = 'ok' | 'wrong' | 'unknown';

export type KeyCheck = {
  provider: ProviderName;
  apiKey: string;
  /** Where the vendor is asked; its own address if absent. Without a slash at the end. */
  baseUrl?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
};

/** Never throws: trouble of any kind is `unknown`. */
export async function checkKey({
  provider,
  apiKey,
  baseUrl,
  signal,
  timeoutMs = keyCheckTimeoutMs,
}: KeyCheck): Promise<KeyVerdict> {
  if (!canBeSent(apiKey)) return 'wrong';
  const { address, path, headersOf, verdictOf } = vendors[provider];
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch((baseUrl ?? address) + path, {
      headers: headersOf(apiKey),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      // A key is not carried to where somebody else points.
      redirect: 'manual',
    });
    return verdictOf(response.status, await readBodyStart(response));
  } catch {
    // No connection, no time, or nobody waits any more: none of it says anything about the key.
    return 'unknown';
  }
}

type Vendor = {
  address: string;
  path: string;
  headersOf(apiKey: string): Record<string, string>;
  verdictOf(status: number, body: string): KeyVerdict;
};

const vendors: Record<ProviderName, Vendor> = {
  anthropic: {
    address: 'https://api.anthropic.com',
    path: '/v1/models?limit=1',
    headersOf: (apiKey) => ({ authorization: `Bearer ${apiKey}`, 'anthropic-version': '2026-10-21' }),
    verdictOf: (status) => (status === 200 ? 'ok' : status === 401 ? 'wrong' : 'unknown'),
  },
  google: {
    address: 'https://generativelanguage.googleapis.com',
    path: '/v1beta/models?pageSize=1',
    headersOf: (apiKey) => ({ 'x-goog-api-key': apiKey }),
    verdictOf: (status, body) => {
      if (status === 200) return 'ok';
      // A wrong key is a 400 whose details say so; a 403 may be about what a good key may do.
      return status === 401 || (status === 400 && isInvalidKey(body)) ? 'wrong' : 'unknown';
    },
  },
};

const GoogleError = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ error: v.object({ details: v.array(v.looseObject({ reason: v.optional(v.string()) })) }) }),
);

function isInvalidKey(body: string): boolean {
  const parsed = v.safeParse(GoogleError, body);
  return parsed.success && parsed.output.error.details.some(({ reason }) => reason === 'API_KEY_INVALID');
}

/** As much of the body as an error of a vendor is long; the rest is not waited for. */
async function readBodyStart(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > keyCheckBytesMax) break;
  }
  return text;
}
