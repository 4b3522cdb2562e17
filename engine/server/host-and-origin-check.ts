// Which requests may come in at all: those that call this engine by its own name, and those of pages of allowed origins.
//
// A page anywhere on the web can send requests to a developer's machine, by its address or by a name that its author lets
// point there. So a name that nobody has given this engine is refused, and what a page of another origin sends is too.
import { isIP } from 'node:net';
import { type Failure, failed } from '../../schema/error.ts';
import type { KnownNames } from './known-names.ts';
import type { OwnPages } from './own-pages.ts';
import { isLocal } from './peer.ts';
import type { Headers } from './request.ts';

/** Spellings of `Host` that are remembered as known; each engine is called by a few. */
const knownHostsMax = 1_000;

export type HostAndOriginDependencies = {
  /** The engine's own names besides `localhost` and addresses. */
  hosts: KnownNames;
  /** The origins whose pages may call, besides the engine's own. */
  origins: KnownNames;
  ownPages: OwnPages;
};

/** `origin` is empty where no page has sent the request. */
type HostAndOrigin = Pick<Headers, 'host' | 'origin' | 'fetchSite'>;

export class HostAndOriginCheck {
  readonly #dependencies: HostAndOriginDependencies;
  /** `Host` headers that are known, as they came: nearly all requests have the same few. */
  readonly #knownHosts = new Set<string>();
  #lastHost: string | undefined;

  constructor(dependencies: HostAndOriginDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param isSafe whether the request changes nothing @returns undefined where the request may come in */
  findRefusal(headers: Headers, isSafe: boolean): Failure | undefined {
    const { host, origin, repeated } = headers;
    if (repeated !== undefined) return makeRepeatedHeaderFailure(repeated);
    if (headers.transferEncoding !== undefined && !isPlainlyChunked(headers)) return unclearLength;
    if (!this.isKnownHost(host)) return unknownHost;
    if (isSafe || origin === '' || this.#dependencies.origins.has(origin)) return undefined;
    return this.#dependencies.ownPages.isOwnOrigin(headers) ? undefined : foreignOrigin;
  }

  isKnownHost(host: string): boolean {
    if (host === this.#lastHost) return true; // The comparison costs a third of a look into the set.
    if (this.#knownHosts.has(host)) {
      this.#lastHost = host;
      return true;
    }
    const name = hostNameOf(host);
    const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
    if (!isAddress && name !== 'localhost' && !this.#dependencies.hosts.has(name)) return false;
    if (this.#knownHosts.size < knownHostsMax) this.#knownHosts.add(host);
    return true;
  }

  /** Whether the request comes from this machine, and from no page of an origin that isn't named. */
  isNear(headers: Headers, address: string): boolean {
    return isLocal(address, headers.forwardedFor) && this.#hasNamedOrigin(headers);
  }

  /** Whether no page sent the request, or one of a named origin: `*` isn't enough for what anybody can forge. */
  #hasNamedOrigin(headers: HostAndOrigin): boolean {
    const { origins, ownPages } = this.#dependencies;
    return headers.origin === '' || origins.lists(headers.origin) || ownPages.isOwnOrigin(headers);
  }
}

/** `Engine.Example.com:8000` as `engine.example.com`. */
const hostNameOf = (host: string): string => host.replace(/:\d*$/, '').toLowerCase();

/** A repeated header is refused, since a proxy in front may have read the other value. */
const makeRepeatedHeaderFailure = (name: string): Failure =>
  failed('badRequest', `The header ${name} came more than once; it must be said once.`).failure;
/**
 * A body's end must be beyond doubt (RFC 9112 §6.3): uWebSockets.js would take the rest for the next request, and a proxy
 * in front for something else.
 */
const isPlainlyChunked = ({ transferEncoding, contentLength }: Headers): boolean =>
  transferEncoding?.toLowerCase() === 'chunked' && contentLength === '';
const unclearLength = failed(
  'badRequest',
  'The length of the body must be said once: by Content-Length, or by Transfer-Encoding: chunked.',
).failure;
export const unknownHost = failed(
  'unknownHost',
  'This engine is not known by the name in the Host header; where that is a name of its own, add it to PUBLIC_HOSTS.',
).failure;
const foreignOrigin = failed(
  'foreignOrigin',
  'Pages of this origin may not call this engine; where the origin is yours, add it to ALLOWED_ORIGINS.',
).failure;
