// Verifies who is calling: a JWT signed with SESSION_SECRET, or a back end that knows the internal key.
import { createHash, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText } from '../../schema/text.ts';
import type { Principal } from '../access.ts';

export type Credentials = { authorization: string; userId: string; internalKey: string };

type Verified = { outcome: Outcome<Principal>; untilMs: number };

/** As almost everybody writes it. */
const bearer = 'Bearer ';

export class Auth {
  readonly #secret: KeyObject;
  readonly #internalKey: string | undefined;
  /** Tokens that verified, until they expire or a minute has passed: front ends send the same one with every call. */
  readonly #verified = new Map<string, Verified>();

  constructor({ sessionSecret, internalKey }: { sessionSecret: string; internalKey: string | undefined }) {
    this.#secret = createSecretKey(Buffer.from(sessionSecret));
    this.#internalKey = internalKey;
  }

  /** Who makes a REST call; at once where it is known. A bearer token counts before the headers of a back end. */
  authenticate({ authorization, userId, internalKey }: Credentials): Outcome<Principal> | Promise<Outcome<Principal>> {
    if (authorization.startsWith(bearer)) {
      const known = this.#known(authorization.slice(bearer.length));
      if (known) return known;
    }
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (token !== undefined) return this.verify(token);
    if (authorization !== '') return failed('notAuthenticated', 'The Authorization header must be "Bearer <token>".');
    if (userId === '') return failed('notAuthenticated', 'A bearer token is required.');
    if (!this.#knowsKey(internalKey)) return failed('notAuthenticated', 'The internal key is missing or wrong.');
    if (userId.length > limits.idCharsMax) return failed('notAuthenticated', 'The user id is too long.');
    return succeeded({ userId: cleanText(userId) });
  }

  /** HS256 only; `exp` and `nbf` count when they are there. */
  async verify(token: string): Promise<Outcome<Principal>> {
    const known = this.#known(token);
    if (known) return known;
    try {
      const { payload } = await jwtVerify(token, this.#secret, { algorithms: ['HS256'] });
      return this.#accepted(token, payload);
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired) return failed('notAuthenticated', 'The token has expired.');
      if (error instanceof joseErrors.JOSEError) return failed('notAuthenticated', 'The token is not valid.');
      throw error;
    }
  }

  #known(token: string): Outcome<Principal> | undefined {
    const known = this.#verified.get(token);
    if (!known) return undefined;
    if (known.untilMs > Date.now()) return known.outcome;
    this.#verified.delete(token);
    return undefined;
  }

  #accepted(token: string, payload: JWTPayload): Outcome<Principal> {
    const userId = textClaim(payload.userId) ?? textClaim(payload.sub);
    if (userId === undefined) return failed('notAuthenticated', 'The token names no user.');
    const outcome = succeeded<Principal>({
      userId,
      projectId: textClaim(payload.projectId),
      sessionId: textClaim(payload.sessionId),
    });
    const expiresAtMs = payload.exp === undefined ? Number.POSITIVE_INFINITY : payload.exp * 1_000;
    if (this.#verified.size >= limits.verifiedTokensMax) this.#verified.clear();
    this.#verified.set(token, { outcome, untilMs: Math.min(expiresAtMs, Date.now() + limits.verifiedTokenMs) });
    return outcome;
  }

  /** In constant time, whatever the lengths. Without a configured key (development) everybody is believed. */
  #knowsKey(given: string): boolean {
    if (this.#internalKey === undefined) return true;
    return timingSafeEqual(digest(given), digest(this.#internalKey));
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();

const textClaim = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim.trim() !== '' && claim.length <= limits.idCharsMax ? cleanText(claim) : undefined;
