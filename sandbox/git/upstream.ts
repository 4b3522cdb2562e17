// A connection to a server that a user has named: bounded in time, and never to this machine or a private network.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { AllowedHosts, Proxies } from '../../schema/thread.ts';
import { isAddress, mayBeReached } from '../outbound/address.ts';
import { addressIn, isAllowedHost } from '../outbound/allowed-hosts.ts';
import { makeCheckedLookup, type Resolve, resolvePublic } from '../outbound/checked-lookup.ts';
import { readOwnAddresses } from '../outbound/own-addresses.ts';
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
class ConnectionClosed extends Error {
  readonly code = 'ECONNRESET';
}

export type UpstreamOptions = {
  allowed: AllowedHosts;
  resolve?: Resolve;
  readOwn?: typeof readOwnAddresses;
  proxies?: Proxies | undefined;
};

export class Upstream {
  readonly #allowed: AllowedHosts;
  readonly #lookup: LookupFunction;
  readonly #readOwn: typeof readOwnAddresses;
  readonly #proxies: Proxies | undefined;

  constructor({ allowed, resolve = resolvePublic, readOwn = readOwnAddresses, proxies }: UpstreamOptions) {
    this.#allowed = allowed;
    this.#lookup = makeCheckedLookup({
      resolve,
      choose: async (addresses) => {
        const own = await readOwn();
        return addresses.filter(({ address }) => mayBeReached(address, own));
      },
      refuse: () => new PrivateAddress(),
    });
    this.#readOwn = readOwn;
    this.#proxies = proxies;
  }

  /** Resolves once the head of the answer is there. */
  async ask(request: UpstreamRequest): Promise<Outcome<UpstreamAnswer>> {
    if (!(await this.#mayAsk(request.url))) return failureOf(new PrivateAddress(), request.url);
    return this.#proxies ? this.#askThroughProxy(request, this.#proxies) : this.#askDirectly(request);
  }

  /** Addresses are checked here, since nobody looks them up; names are when they are resolved. */
  async #mayAsk(url: URL): Promise<boolean> {
    const address = addressIn(url);
    return !isAddress(address) || isAllowedHost(url, this.#allowed) || mayBeReached(address, await this.#readOwn());
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
      .once('upgrade', ({ statusCode = 0, headers }, socket) => {
        socket.destroy(); // Nobody asked for another protocol: the status is all that is told.
        resolve(succeeded({ statusCode, headers, body: Readable.from([]) }));
      })
      .on('error', (error) => resolve(failureOf(error, url)))
      .once('close', () => {
        clearTimeout(connectTimer);
        resolve(failureOf(new ConnectionClosed(), url)); // Where nothing was told before.
      });
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
