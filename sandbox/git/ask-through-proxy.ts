// Sends one request to a git server through the engine's proxies.
import type { LookupFunction } from 'node:net';
import { limits } from '../../schema/limits.ts';
import type { Proxies } from '../../schema/thread.ts';
import { makeProxyDispatcher } from '../outbound/engine-proxies.ts';
import {
  gitConnectTimeoutMs,
  gitSilenceTimeoutMs,
  type UpstreamAnswer,
  type UpstreamRequest,
} from './upstream-request.ts';

export type ProxyRoute = {
  proxies: Proxies;
  /** Resolves hosts that are an exception from the proxies; undefined for the system's way. */
  lookup: LookupFunction | undefined;
};

/** Each request has connections of its own: a kept one may be gone, and a pack can't be sent again. */
export async function askThroughProxy(
  { url, method, headers, body, signal }: UpstreamRequest,
  { proxies, lookup }: ProxyRoute,
): Promise<{ ok: true; value: UpstreamAnswer } | { ok: false; error: Error }> {
  const { request } = await import('undici');
  const dispatcher = await makeProxyDispatcher(proxies, {
    headersTimeout: gitSilenceTimeoutMs,
    bodyTimeout: gitSilenceTimeoutMs,
    maxHeaderSize: limits.gitHeadersBytesMax,
    connect: { timeout: gitConnectTimeoutMs, ...(lookup && { lookup }) },
  });
  try {
    const answer = await request(url, { dispatcher, method, headers, body: body ?? null, signal });
    answer.body.once('close', () => void dispatcher.destroy());
    return { ok: true, value: { statusCode: answer.statusCode, headers: answer.headers, body: answer.body } };
  } catch (error) {
    await dispatcher.destroy();
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
