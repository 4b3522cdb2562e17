// A sign-in: one browser of one person, until it ends.
import type { SignInReport, SignInWay } from '../../schema/protocol/routes/sign-in.ts';
import { formatTime } from '../../schema/rules/text.ts';
import type { Principal } from '../sessions/access.ts';

/** Who signs in, and how that was found out. */
export type Person = { userId: string; name: string; isAdmin: boolean; way: SignInWay };

export type SignIn = Person & {
  /** The digest of its token, by which it is known; the token itself is the browser's alone. */
  hash: string;
  /** When it ends unless it is used before. */
  expiresAtMs: number;
  /** When it ends however much it is used. */
  endsAtMs: number;
};

export const principalOf = ({ userId, isAdmin, hash }: SignIn): Principal => ({ userId, isAdmin, signIn: hash });

/** @param way how to sign in here */
export const reportOf = (signIn: SignIn | undefined, way: SignInWay): SignInReport => ({
  user: signIn ? { id: signIn.userId, name: signIn.name } : null,
  isAdmin: signIn?.isAdmin ?? false,
  signIn: way,
  expiresAt: signIn ? formatTime(signIn.expiresAtMs) : null,
});
