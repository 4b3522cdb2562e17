// Finds out whether a provider takes a key, by its cheapest request and without its package.
import { canBeSent } from './key.ts';
import type { KeyVerdict, Provider } from './providers/provider.ts';

const keyCheckTimeoutMs = 5_000;
const keyCheckBytesMax = 64 * 1024;

export type KeyCheck = {
  provider: Pick<Provider, 'baseUrl' | 'keyCheck'>;
  apiKey: string;
  /** Where the provider is asked; its own address if absent. Without a slash at the end. */
  baseUrl?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
};

/** Never throws: a failure of any kind is `unknown`. */
export async function checkKey({
  provider,
  apiKey,
  baseUrl,
  signal,
  timeoutMs = keyCheckTimeoutMs,
}: KeyCheck): Promise<KeyVerdict> {
  if (!canBeSent(apiKey)) return 'wrong';
  const { path, headersOf, verdictOf } = provider.keyCheck;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch((baseUrl ?? provider.baseUrl) + path, {
      headers: headersOf(apiKey),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      // A redirect would carry the key to another server.
      redirect: 'manual',
    });
    return verdictOf(response.status, await readBodyStart(response));
  } catch {
    // A broken connection, a timeout or a cancellation says nothing about the key.
    return 'unknown';
  }
}

/** Reads as much as a provider's error can be long. */
async function readBodyStart(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > keyCheckBytesMax) break;
  }
  return text;
}
