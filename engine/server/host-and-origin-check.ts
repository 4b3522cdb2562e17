// Who may come in at all: requests that call this engine by a name of its own, and pages of origins that are allowed.
//
// A page anywhere on the web can send requests to a developer's machine, by its address or by a name that its author lets
// point there. So a name that nobody has given this engine is refused, and what a page of another origin sends is too.
import { isIP } from 'node:net';
import { type Failure, failed } from '../../schema/error.ts';
import type { KnownNames } from './known-names.ts';
import { isLocal } from './peer.ts';
import type { Headers } from './request.ts';

/** Spellings of `Host` that were found good, remembered; each engine is called by a few. */
const knownHostsMax = 1_000;

export type HostAndOriginDependencies = {
  /** Names that this engine is called by, besides `localhost` and addresses. */
  hosts: KnownNames;
  /** Of pages that may call, besides those that come from the same host as the engine. */
  origins: KnownNames;
};

/** What a request says about where it was sent to, and by a page of which origin; empty where by none. */
type HostAndOrigin = { host: string; origin: string };

export class HostAndOriginCheck {
  readonly #dependencies: HostAndOriginDependencies;
  /** `Host` headers that were found good, as they came: nearly all requests have the same few. */
  readonly #knownHosts = new Set<string>();
  #lastHost: string | undefined;

  constructor(dependencies: HostAndOriginDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param isSafe whether it changes nothing @returns undefined for who may come in */
  findRefusal(headers: Headers, isSafe: boolean): Failure | undefined {
    const { host, origin, repeated } = headers;
    if (repeated !== undefined) return makeRepeatedHeaderFailure(repeated);
    if (headers.transferEncoding !== undefined && !isPlainlyChunked(headers)) return unclearLength;
    if (!this.isKnownHost(host)) return unknownHost;
    if (isSafe || origin === '' || this.#dependencies.origins.has(origin) || isOwnOrigin(origin, host))
      return undefined;
    return foreignOrigin;
  }

  isKnownHost(host: string): boolean {
    if (host === this.#lastHost) return true; // Which costs a third of a look into the set.
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

  /** Whether it comes from this machine, and from no page of an origin that isn't named. */
  isNear(headers: Headers, address: string): boolean {
    return isLocal(address, headers.forwardedFor) && this.#hasNamedOrigin(headers);
  }

  /** Whether no page sent it, or one of an origin that is named: `*` isn't enough for what anybody can forge. */
  #hasNamedOrigin({ host, origin }: HostAndOrigin): boolean {
    return origin === '' || this.#dependencies.origins.lists(origin) || isOwnOrigin(origin, host);
  }
}

/** `Engine.Example.com:8000` as `engine.example.com`. */
const hostNameOf = (host: string): string => host.replace(/:\d*$/, '').toLowerCase();

/** Whoever ends TLS in front of the engine makes its origin an https one. */
const isOwnOrigin = (origin: string, host: string): boolean =>
  origin === `http://${host.toLowerCase()}` || origin === `https://${host.toLowerCase()}`;

/** Which one counts would be a matter of who reads it: a proxy in front may have looked at the other. */
const makeRepeatedHeaderFailure = (name: string): Failure =>
  failed('badRequest', `The header ${name} came more than once; it must be said once.`).failure;
/**
 * Where a body ends must be beyond doubt (RFC 9112 §6.3): uWebSockets.js would take what is in doubt for the next request,
 * and a proxy in front for something else.
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
