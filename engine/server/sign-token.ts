// Signs JWTs as `auth.ts` verifies them, for trying the engine, for load and for tests.
import { SignJWT } from 'jose';

/** @param claims `{ userId }` and whatever else it should hold; `exp` in seconds since 1970 */
export const signToken = (claims: Record<string, unknown>, secret: string): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
