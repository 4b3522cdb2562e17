// Sends the engine's own requests through the proxies that its operator's environment names.
import type { buildConnector, EnvHttpProxyAgent } from 'undici';
import type { Proxies } from '../../schema/thread.ts';

/** This machine's own services are reached without a proxy. */
const ownNames = ['localhost', '127.0.0.1', '::1'];

export type ConnectionBounds = {
  headersTimeout?: number;
  bodyTimeout?: number;
  maxHeaderSize?: number;
  connect?: buildConnector.BuildOptions;
};

/**
 * Sends each request through the proxy for its scheme, https without one through that for http, unless the host is named as
 * an exception: with its subdomains, with a port perhaps, or `*`. The package is loaded where there are proxies.
 * @param bounds for connections without a proxy too
 */
export async function makeProxyDispatcher(
  { http = '', https = '', except }: Proxies,
  bounds: ConnectionBounds = {},
): Promise<EnvHttpProxyAgent> {
  const { EnvHttpProxyAgent } = await import('undici');
  const noProxy = [except, ...ownNames].join(',');
  // undici reads the environment where a proxy is absent rather than empty; HTTP/1.1 is what Node's own `fetch` speaks.
  return new EnvHttpProxyAgent({ ...bounds, allowH2: false, httpProxy: http, httpsProxy: https, noProxy });
}

/** Sends every later `fetch` of this thread through the proxies, because one provider's package uses the global one only. */
export async function routeFetchThroughProxies(proxies: Proxies | undefined): Promise<void> {
  if (!proxies) return;
  const { setGlobalDispatcher } = await import('undici');
  setGlobalDispatcher(await makeProxyDispatcher(proxies));
}
