// Why no WebSocket can be opened, as far as a client can find out: whether the engine answers over HTTP.
import { LucidError } from '../lucid-error.ts';
import type { Settings } from '../options.ts';

const patienceMs = 5_000;

/** @returns a sentence for whoever set up what stands before the engine; undefined where that isn't it */
export async function findUpgradeProblem({ baseUrl, fetch }: Settings, url: string): Promise<LucidError | undefined> {
  const asking = new AbortController();
  const timer = setTimeout(() => asking.abort(), patienceMs);
  try {
    const { ok } = await fetch(new URL('health', baseUrl), { signal: asking.signal });
    if (!ok) return undefined;
    const sentence = `${baseUrl.origin} answers over HTTP, but no WebSocket can be opened at ${url}: a proxy may not pass it on.`;
    return new LucidError('connectionLost', sentence);
  } catch {
    return undefined; // The engine can't be reached at all, which has been said.
  } finally {
    clearTimeout(timer);
  }
}
