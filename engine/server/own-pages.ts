// The engine's own pages: which requests are theirs, and by which address browsers call the engine.
import { isIP } from 'node:net';
import type { Headers } from './request.ts';

/** What a browser says of the page that asks; empty where it says nothing. */
export type PageHeaders = Pick<Headers, 'host' | 'origin' | 'fetchSite' | 'cookie'>;

export class OwnPages {
  readonly #publicOrigin: string | undefined;

  /** @param publicUrl by which browsers call the engine; undefined where `Host` says it */
  constructor(publicUrl: string | undefined) {
    this.#publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  }

  /** Whether browsers ask over https only, as far as is known. */
  get areHttpsOnly(): boolean {
    return this.#publicOrigin?.startsWith('https:') ?? false;
  }

  /** A proxy that ends TLS in front of the engine makes the engine's origin an https one. */
  isOwnOrigin({ origin, host }: Pick<Headers, 'origin' | 'host'>): boolean {
    if (origin === this.#publicOrigin) return origin !== '';
    const name = host.toLowerCase();
    return origin === `http://${name}` || origin === `https://${name}`;
  }

  /**
   * Whether one of its pages asks, or a person by a link. Browsers name no origin where a page asks its own for what
   * changes nothing.
   */
  isOwnRequest({ origin, host, fetchSite }: PageHeaders, isRead: boolean): boolean {
    if (origin !== '') return this.isOwnOrigin({ origin, host });
    return isRead && (fetchSite === '' || fetchSite === 'same-origin' || fetchSite === 'none');
  }

  /**
   * The engine's origin as the browser has it. What a proxy says of the scheme isn't believed: without `PUBLIC_URL` it is
   * http on this machine, and https everywhere else.
   */
  originOf({ origin, host }: Pick<Headers, 'origin' | 'host'>): string {
    if (this.#publicOrigin !== undefined) return this.#publicOrigin;
    if (origin !== '' && this.isOwnOrigin({ origin, host })) return origin;
    return `${isOnThisMachine(host) ? 'http' : 'https'}://${host.toLowerCase()}`;
  }
}

function isOnThisMachine(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'));
}
