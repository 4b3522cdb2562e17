// Verifies who is calling: a JWT signed with SESSION_SECRET, or a back end that knows the internal key.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isShareToken } from '../../schema/protocol/share-token.ts';
import { isSameSecret } from '../secrets/same-secret.ts';
import type { Principal } from '../sessions/access.ts';
import { principalOf as principalOfSignIn } from '../sign-in/sign-in.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import { principalOf } from './claims.ts';
import type { PageHeaders } from './own-pages.ts';
import { parseUserId } from './user-header.ts';

/** How many verified tokens are remembered. */
const verifiedTokensMax = 20_000;
export const verifiedTokenMs = 60_000;

export type Credentials = { authorization: string; userId: string; internalKey: string } & PageHeaders;

export type AuthOptions = {
  sessionSecret: string;
  internalKey: string | undefined;
  /** Who is signed in with a browser. */
  signIns: Pick<SignIns, 'identify'>;
  /** Whether everybody knows the secret; tokens are then believed from this machine (loopback) only. */
  isSecretPublic: boolean;
  /** How far the signer's clock and this machine's may be apart. */
  leewayMs: number;
  /** Who watches by a share's token. */
  findViewer(token: string): Promise<Outcome<Principal>>;
  /** How many verified tokens are remembered; the one used longest ago is forgotten first. */
  tokensMax?: number;
};

type Verified = { outcome: Outcome<Principal>; untilMs: number };

/** The scheme as almost every client writes it, which costs no regular expression. */
const bearer = 'Bearer ';

export class Auth {
  readonly #options: AuthOptions;
  readonly #secret: KeyObject;
  /** Tokens are remembered until they expire or a minute has passed, since front ends send the same one with every call. */
  readonly #verified: LRUCache<string, Verified>;

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#verified = new LRUCache({ max: options.tokensMax ?? verifiedTokensMax });
    this.#secret = createSecretKey(Buffer.from(options.sessionSecret));
  }

  /** Whether it matters where a caller is: with secrets of its own an engine believes whoever knows them. */
  get isNearnessNeeded(): boolean {
    return this.#options.isSecretPublic || this.#options.internalKey === undefined;
  }

  /**
   * A bearer token counts before the headers of a back end, and those before the cookie of a browser.
   * @param isNear whether the call comes from this machine, and from no page of an origin that isn't named
   * @param isRead whether the call changes nothing
   * @returns no promise where the token is remembered
   */
  authenticate(
    credentials: Credentials,
    isNear: boolean,
    isRead: boolean,
  ): Outcome<Principal> | Promise<Outcome<Principal>> {
    const { authorization, userId, internalKey } = credentials;
    if (authorization.startsWith(bearer)) {
      const known = this.#findVerified(authorization.slice(bearer.length), isNear);
      if (known) return known;
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token !== undefined && isShareToken(token)) return this.#options.findViewer(token);
    if (token !== undefined) return this.verifyToken(token, isNear);
    if (authorization !== '') return failed('notAuthenticated', 'The Authorization header must be "Bearer <token>".');
    if (userId === '') return this.authenticateByCookie(credentials, isRead) ?? noToken;
    if (this.#options.internalKey === undefined && !isNear) return userNotBelieved;
    if (!this.#isInternalKey(internalKey)) return failed('notAuthenticated', 'The internal key is missing or wrong.');
    const user = parseUserId(userId);
    return user.ok ? succeeded({ userId: user.value }) : user;
  }

  /** @returns undefined where no cookie of ours came with the request */
  authenticateByCookie(headers: PageHeaders, isRead: boolean): Promise<Outcome<Principal>> | undefined {
    const identifying = this.#options.signIns.identify(headers, isRead);
    return identifying?.then((signIn) => (signIn.ok ? succeeded(principalOfSignIn(signIn.value)) : signIn));
  }

  /** Tokens are HS256; `exp`, `nbf` and `iat` count where a token has them. */
  async verifyToken(token: string, isNear: boolean): Promise<Outcome<Principal>> {
    if (isShareToken(token)) return sharesByHeader;
    const known = this.#findVerified(token, isNear);
    if (known) return known;
    try {
      const clockTolerance = this.#options.leewayMs / 1_000;
      const { payload } = await jwtVerify(token, this.#secret, { algorithms: ['HS256'], clockTolerance });
      if (this.#options.isSecretPublic && !isNear) return tokenNotBelieved;
      return this.#acceptPayload(token, payload);
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) return failed('notAuthenticated', 'The token has expired.');
      if (error instanceof joseErrors.JOSEError) return failed('notAuthenticated', 'The token is not valid.');
      throw error;
    }
  }

  #findVerified(token: string, isNear: boolean): Outcome<Principal> | undefined {
    const known = this.#verified.get(token);
    if (!known || (this.#options.isSecretPublic && !isNear)) return undefined;
    if (known.untilMs > Date.now()) return known.outcome;
    this.#verified.delete(token);
    return undefined;
  }

  #acceptPayload(token: string, payload: JWTPayload): Outcome<Principal> {
    const { exp = Number.POSITIVE_INFINITY, iat = 0 } = payload;
    const { leewayMs } = this.#options;
    if (iat * 1_000 > Date.now() + leewayMs) return failed('notAuthenticated', 'The token is of the future.');
    const outcome = principalOf(payload);
    if (!outcome.ok) return outcome;
    const untilMs = Math.min(exp * 1_000 + leewayMs, Date.now() + verifiedTokenMs);
    this.#verified.set(token, { outcome, untilMs });
    return outcome;
  }

  /** Without a configured one, whoever is on this machine is believed. */
  #isInternalKey(given: string): boolean {
    if (this.#options.internalKey === undefined) return true;
    return isSameSecret(given, this.#options.internalKey);
  }
}

const noToken = failed('notAuthenticated', 'A bearer token is required.');
const userNotBelieved = failed(
  'notAuthenticated',
  'X-User-ID is believed over loopback and from origins named in ALLOWED_ORIGINS only, until INTERNAL_API_KEY is set.',
);
/** Addresses end up in logs and histories, and whoever finds a share's token there can use it. */
export const sharesByHeader = failed(
  'notAuthenticated',
  "A share's token is taken in the header Authorization alone, over REST and event streams.",
);
const tokenNotBelieved = failed(
  'notAuthenticated',
  'Tokens are believed over loopback and from origins named in ALLOWED_ORIGINS only, until SESSION_SECRET is set.',
);
