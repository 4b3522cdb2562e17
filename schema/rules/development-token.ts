// A JWT for trying an engine out, as its `SESSION_SECRET` signs it: what may be asked for, and the token.
import { SignJWT } from 'jose';
import { limits } from '../limits.ts';
import { isId } from './ids.ts';

/** The reference's default, which everybody knows; its front end signs with it until another is set. */
export const defaultSessionSecret = 'change_me_in_prod';

export type TokenAsked = { user: string; hours: number };

/** A year: nobody tries longer than that. */
export const tokenHoursMax = 8_760;
export const tokenHoursDefault = 24;
const secondsOfHour = 3_600;

/** @returns what is wrong with it, in a sentence, or undefined */
export function findTokenProblem({ user, hours }: TokenAsked): string | undefined {
  if (!isId(user)) return `A user is text of 1 to ${limits.idCharsMax} characters.`;
  if (!Number.isInteger(hours) || hours < 1 || hours > tokenHoursMax)
    return `--hours accepts a whole number from 1 to ${tokenHoursMax}.`;
  return undefined;
}

/** @param claims `{ userId }` and whatever else it should hold; `exp` in seconds since 1970 */
export const signToken = (claims: Record<string, unknown>, secret: string): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));

export function signDevelopmentToken({ user, hours }: TokenAsked, secret: string, nowMs: number): Promise<string> {
  const nowSeconds = Math.floor(nowMs / 1_000);
  return signToken({ userId: user, iat: nowSeconds, exp: nowSeconds + hours * secondsOfHour }, secret);
}
