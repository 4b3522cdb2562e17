// The git proxy's connection to a git server: bounded in time, and never to an address of a private network.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { AllowedHosts, Proxies } from '../../schema/thread.ts';
import { isPublicAddress } from '../outbound/address.ts';
import { isAllowedHost } from '../outbound/allowed-hosts.ts';
import { makeCheckedLookup, type Resolve, resolvePublic } from '../outbound/checked-lookup.ts';
import { askThroughProxy } from './ask-through-proxy.ts';
import {
  gitConnectTimeoutMs,
  gitSilenceTimeoutMs,
  type UpstreamAnswer,
  type UpstreamRequest,
} from './upstream-request.ts';

class PrivateAddress extends Error {
  readonly code = 'PRIVATE_ADDRESS';
}
class UpstreamTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

export type UpstreamOptions = { allowed: AllowedHosts; resolve?: Resolve; proxies?: Proxies | undefined };

export class Upstream {
  readonly #allowed: AllowedHosts;
  readonly #lookup: LookupFunction;
  readonly #proxies: Proxies | undefined;

  constructor({ allowed, resolve = resolvePublic, proxies }: UpstreamOptions) {
    this.#allowed = allowed;
    this.#lookup = makeCheckedLookup({
      resolve,
      choose: (addresses) => addresses.filter(({ address }) => isPublicAddress(address)),
      refuse: () => new PrivateAddress(),
    });
    this.#proxies = proxies;
  }

  /** Resolves once the head of the answer is there. */
  ask(request: UpstreamRequest): Promise<Outcome<UpstreamAnswer>> {
    return this.#proxies ? this.#askThroughProxy(request, this.#proxies) : this.#askDirectly(request);
  }

  /** A proxy resolves names itself, so the proxy decides which addresses may be reached. */
  async #askThroughProxy(asked: UpstreamRequest, proxies: Proxies): Promise<Outcome<UpstreamAnswer>> {
    const lookup = isAllowedHost(asked.url, this.#allowed) ? undefined : this.#lookup;
    const answer = await askThroughProxy(asked, { proxies, lookup });
    return answer.ok ? answer : failureOf(answer.error, asked.url, proxyNote);
  }

  #askDirectly({ url, method, headers, body, signal }: UpstreamRequest): Promise<Outcome<UpstreamAnswer>> {
    const { promise, resolve } = Promise.withResolvers<Outcome<UpstreamAnswer>>();
    const isSecure = url.protocol === 'https:';
    // Each request has a connection of its own: a kept one may be gone, and a pack can't be sent again.
    const request = (isSecure ? https : http).request(url, {
      method,
      headers,
      signal,
      agent: false,
      maxHeaderSize: limits.gitHeadersBytesMax,
      ...(!isAllowedHost(url, this.#allowed) && { lookup: this.#lookup }),
    });
    const connectTimer = setTimeout(() => request.destroy(new UpstreamTimeout()), gitConnectTimeoutMs);
    request
      .setTimeout(gitSilenceTimeoutMs, () => request.destroy(new UpstreamTimeout()))
      .once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(connectTimer)))
      .once('response', (answer) => resolve(succeeded(answerOf(answer))))
      .once('close', () => clearTimeout(connectTimer))
      .on('error', (error) => resolve(failureOf(error, url)));
    if (body) body.pipe(request);
    else request.end();
    return promise;
  }
}

const answerOf = (body: IncomingMessage): UpstreamAnswer => ({
  statusCode: body.statusCode ?? 0,
  headers: body.headers,
  body,
});

const proxyNote = ' The engine asks through its proxy, except for the hosts of NO_PROXY.';

function failureOf(error: Error, { host }: URL, note = '') {
  const { code = 'unknown', syscall = '' } = error as { code?: string; syscall?: string };
  if (code === 'PRIVATE_ADDRESS')
    return failed('badRepoUrl', `${host} leads to an address that is not of the public internet.`);
  const isNameError = syscall.startsWith('query') || syscall === 'getaddrinfo';
  const [, refusal] = /^Proxy response \((\d+)\)/.exec(error.message) ?? [];
  if (refusal !== undefined)
    return failed('repositoryUnreachable', `${host} can't be reached: the engine's proxy answers ${refusal}.`);
  const reason = (isNameError ? nameReasons[code] : reasons[code]) ?? describeOtherReason(code, isNameError);
  return failed('repositoryUnreachable', `${host} can't be reached: ${reason}.${note}`);
}

const nameReasons: Record<string, string> = {
  ENOTFOUND: 'there is no host of that name',
  ENODATA: 'there is no host of that name',
};

const reasons: Record<string, string> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it broke the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_SOCKET: 'it broke the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
};

function describeOtherReason(code: string, isNameError: boolean): string {
  if (isNameError) return `nobody tells its address (${code})`;
  if (/CERT|SIGN|TLS|SSL/.test(code)) return `its certificate is not valid (${code})`;
  return `the connection failed (${code})`;
}
