// The verified caller, and what it may ask for and see.
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Access } from '../../schema/protocol/route.ts';

/** Who has a share: sees one session, and changes nothing. */
export type Viewer = { shareId: string; sessionId: string; mayReadWorkspace: boolean };

/** A verified caller, with the claims of its JWT where it has one. */
export type Principal = {
  /** A viewer's is the owner of the session. */
  userId: string;
  projectId?: string | undefined;
  sessionId?: string | undefined;
  isAdmin?: boolean | undefined;
  viewer?: Viewer | undefined;
};

/** Why the caller may not use a route, whatever it asks for there; undefined where it may. */
export function findAccessRefusal(principal: Principal, access: Access | undefined): Failure | undefined {
  if (principal.viewer) return access === 'viewer' ? undefined : viewerRefused.failure;
  return access === 'admin' && principal.isAdmin !== true ? adminsOnly.failure : undefined;
}

/** Sessions, chats and files belong to one user each; others get a refusal only. */
export const mayUse = (principal: Principal, ownerId: string): boolean => principal.userId === ownerId;

/** An admin acts on a session as its owner does. */
export const actFor = (principal: Principal, ownerId: string): Outcome<Principal> =>
  principal.isAdmin === true ? succeeded({ userId: ownerId }) : adminsOnly;

export const notYours = failed('notYours', 'The session belongs to another user.');
const viewerRefused = failed('notAllowed', 'A share lets its session be watched, and nothing else.');
const adminsOnly = failed('notAllowed', 'Only admins may ask for this.');
