// The verified caller, and what it may ask for and see.
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Access } from '../../schema/protocol/route.ts';
import type { SessionIdentity } from '../../schema/session.ts';

/** Who has a share: sees one session, and changes nothing. */
export type Viewer = { shareId: string; sessionId: string; mayReadWorkspace: boolean; expiresAtMs: number };

/** A verified caller, with the claims of its JWT where it has one. */
export type Principal = {
  /** A viewer's is the owner of the session. */
  userId: string;
  projectId?: string | undefined;
  sessionId?: string | undefined;
  isAdmin?: boolean | undefined;
  /** The sign-in that a cookie stands for; what it has opened ends with it. */
  signIn?: string | undefined;
  viewer?: Viewer | undefined;
};

/** Why the caller may not use a route, whatever it asks for there; undefined where it may. */
export function findAccessRefusal(principal: Principal, access: Access | undefined): Failure | undefined {
  if (principal.viewer) return access === 'viewer' ? undefined : viewerRefused.failure;
  return access === 'admin' && principal.isAdmin !== true ? adminsOnly.failure : undefined;
}

/** Sessions, chats and files belong to one user each, and a share is of one session; others get a refusal only. */
export const mayUse = (
  { userId, viewer }: Principal,
  session: Pick<SessionIdentity, 'sessionId' | 'userId'>,
): boolean => userId === session.userId && (!viewer || viewer.sessionId === session.sessionId);

/** Why the caller may not read the workspace of a session that it may use; undefined where it may. */
export const findWorkspaceRefusal = ({ viewer }: Principal): Failure | undefined =>
  !viewer || viewer.mayReadWorkspace ? undefined : workspaceNotShared.failure;

/** Whether the caller may bring a session back into memory, and start its sandbox. */
export const mayWake = ({ viewer }: Principal): boolean => viewer === undefined;

/**
 * Whose bounds a caller's streams and reads count against: all who watch a user's sessions share theirs. No user's id holds
 * a NUL.
 */
export const countedAs = ({ userId, viewer }: Principal): string => (viewer ? `\0viewers of ${userId}` : userId);

/** What work costs and may cost: a field, since within a text its quotation marks would be escaped. */
const costField = /,"(?:cost|spent|budget)Usd":[\d.eE+-]+|(?<=\{)"(?:cost|spent|budget)Usd":[\d.eE+-]+,?/g;

/** @returns what a viewer sees of an encoded frame: not what it cost, and undefined for files that aren't shared */
export function showToViewer({ mayReadWorkspace }: Viewer, frame: string): string | undefined {
  if (!mayReadWorkspace && frame.startsWith('{"type":"file_tree"')) return undefined;
  return frame.replace(costField, '');
}

/** An admin acts on a session as its owner does. */
export const actFor = (principal: Principal, ownerId: string): Outcome<Principal> =>
  principal.isAdmin === true ? succeeded({ userId: ownerId }) : adminsOnly;

export const notYours = failed('notYours', 'The session belongs to another user.');
const viewerRefused = failed('notAllowed', 'A share lets its session be watched, and nothing else.');
const adminsOnly = failed('notAllowed', 'Only admins may ask for this.');
const workspaceNotShared = failed('notAllowed', 'The share is of the conversation alone, not of the workspace.');
