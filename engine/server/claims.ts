// Whom a verified token names: each id as it stands, never one that was changed, guessed or taken in place of another.
import type { JWTPayload } from 'jose';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { isId } from '../../schema/rules/ids.ts';
import type { Principal } from '../sessions/access.ts';

/** `sub` counts only where there is no `userId` at all: a `userId` that can't be used is the signer's mistake. */
export function principalOf(payload: JWTPayload): Outcome<Principal> {
  const user = 'userId' in payload ? payload.userId : payload.sub;
  if (user === undefined) return failed('notAuthenticated', 'The token names no user.');
  const userId = idOf(user);
  if (userId === undefined) return makeClaimFailure('userId' in payload ? 'userId' : 'sub');
  const [projectId, sessionId] = [optionalIdOf(payload.projectId), optionalIdOf(payload.sessionId)];
  if (!projectId) return makeClaimFailure('projectId');
  if (!sessionId) return makeClaimFailure('sessionId');
  return succeeded({ userId, projectId: projectId.id, sessionId: sessionId.id });
}

const makeClaimFailure = (claim: string) =>
  failed(
    'notAuthenticated',
    `The token's ${claim} can't be used: it must be text of 1 to ${limits.idCharsMax} characters.`,
  );

/** A number that JSON holds exactly counts as its digits, since some databases number their users. */
function idOf(claim: unknown): string | undefined {
  if (typeof claim === 'number') return Number.isSafeInteger(claim) ? String(claim) : undefined;
  return typeof claim === 'string' && isId(claim) ? claim : undefined;
}

/** Front ends send empty texts and nulls for what they don't have. @returns undefined for what can't be used */
function optionalIdOf(claim: unknown): { id: string | undefined } | undefined {
  if (claim === undefined || claim === null || claim === '') return { id: undefined };
  const id = idOf(claim);
  return id === undefined ? undefined : { id };
}
