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

  /**
   * Whether a browser asks over https, as far as is known. Over http browsers send `Sec-Fetch-Site` to this machine only
   * (Fetch Metadata §2), and no page can leave it out or add it.
   */
  areHttps({ host, fetchSite }: Pick<Headers, 'host' | 'fetchSite'>): boolean {
    if (this.#publicOrigin !== undefined) return this.#publicOrigin.startsWith('https:');
    return fetchSite !== '' && !isOnThisMachine(host);
  }

  /** A proxy that ends TLS in front of the engine makes the engine's origin an https one. */
  isOwnOrigin({ origin, host, fetchSite }: Pick<Headers, 'origin' | 'host' | 'fetchSite'>): boolean {
    if (this.#publicOrigin !== undefined) return origin === this.#publicOrigin;
    const name = host.toLowerCase();
    return origin === `https://${name}` || (origin === `http://${name}` && !this.areHttps({ host, fetchSite }));
  }

  /**
   * Whether one of its pages asks, or a person by a link. Browsers name no origin where a page asks its own for what
   * changes nothing.
   */
  isOwnRequest(headers: PageHeaders, isRead: boolean): boolean {
    const { origin, fetchSite } = headers;
    if (origin !== '') return this.isOwnOrigin(headers);
    return isRead && (fetchSite === '' || fetchSite === 'same-origin' || fetchSite === 'none');
  }

  /** The public origin, where the request came to another address. */
  findOtherOrigin({ host }: Pick<Headers, 'host'>): string | undefined {
    const isThere = this.#publicOrigin === undefined || new URL(this.#publicOrigin).host === host.toLowerCase();
    return isThere ? undefined : this.#publicOrigin;
  }

  /**
   * The engine's origin as the browser has it. What a proxy says of the scheme isn't believed: without `PUBLIC_URL` it is
   * http on this machine, and https everywhere else.
   */
  originOf(headers: Pick<Headers, 'origin' | 'host' | 'fetchSite'>): string {
    const { origin, host } = headers;
    if (this.#publicOrigin !== undefined) return this.#publicOrigin;
    if (origin !== '' && this.isOwnOrigin(headers)) return origin;
    return `${isOnThisMachine(host) ? 'http' : 'https'}://${host.toLowerCase()}`;
  }
}

function isOnThisMachine(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}
