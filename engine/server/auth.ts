// Verifies who is calling: a JWT signed with SESSION_SECRET, or a back end that knows the internal key.
import { createHash, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Principal } from '../sessions/access.ts';
import { principalOf } from './claims.ts';
import { parseUserId } from './user-header.ts';

/** Verified tokens remembered until they expire. */
const verifiedTokensMax = 20_000;
export const verifiedTokenMs = 60_000;

export type Credentials = { authorization: string; userId: string; internalKey: string };

export type AuthOptions = {
  sessionSecret: string;
  internalKey: string | undefined;
  /** Whether everybody knows the secret: then it is believed from this machine (loopback) only. */
  isSecretPublic: boolean;
  /** How far the clocks of who signs and of this machine may be apart. */
  leewayMs: number;
  /** How many tokens are known at a time; who was longest away is verified again. */
  tokensMax?: number;
};

type Verified = { outcome: Outcome<Principal>; untilMs: number };

/** As almost everybody writes it. */
const bearer = 'Bearer ';

export class Auth {
  readonly #options: AuthOptions;
  readonly #secret: KeyObject;
  /** Tokens that verified, until they expire or a minute has passed: front ends send the same one with every call. */
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
   * Who makes a REST call; at once where it is known. A bearer token counts before the headers of a back end.
   * @param isNear whether it comes from this machine, and from no page of an origin that isn't named
   */
  authenticate(
    { authorization, userId, internalKey }: Credentials,
    isNear: boolean,
  ): Outcome<Principal> | Promise<Outcome<Principal>> {
    if (authorization.startsWith(bearer)) {
      const known = this.#findVerified(authorization.slice(bearer.length), isNear);
      if (known) return known;
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token !== undefined) return this.verifyToken(token, isNear);
    if (authorization !== '') return failed('notAuthenticated', 'The Authorization header must be "Bearer <token>".');
    if (userId === '') return failed('notAuthenticated', 'A bearer token is required.');
    if (this.#options.internalKey === undefined && !isNear) return userNotBelieved;
    if (!this.#isInternalKey(internalKey)) return failed('notAuthenticated', 'The internal key is missing or wrong.');
    const user = parseUserId(userId);
    return user.ok ? succeeded({ userId: user.value }) : user;
  }

  /** HS256 only; `exp`, `nbf` and `iat` count when they are there. */
  async verifyToken(token: string, isNear: boolean): Promise<Outcome<Principal>> {
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

  /** In constant time, whatever the lengths. Without a configured key (development) everybody on this machine (loopback) is believed. */
  #isInternalKey(given: string): boolean {
    if (this.#options.internalKey === undefined) return true;
    return timingSafeEqual(digestOf(given), digestOf(this.#options.internalKey));
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();

const userNotBelieved = failed(
  'notAuthenticated',
  'X-User-ID is believed over loopback and from origins named in ALLOWED_ORIGINS only, until INTERNAL_API_KEY is set.',
);
const tokenNotBelieved = failed(
  'notAuthenticated',
  'Tokens are believed over loopback and from origins named in ALLOWED_ORIGINS only, until SESSION_SECRET is set.',
);
