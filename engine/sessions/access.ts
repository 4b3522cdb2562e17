// The verified caller, and which sessions it may use.
import { failed } from '../../schema/error.ts';

/** A verified caller, with the claims of its JWT where it has one. */
export type Principal = { userId: string; projectId?: string | undefined; sessionId?: string | undefined };

/** Sessions, chats and files belong to one user each; others get a refusal only. */
export const mayUse = (principal: Principal, ownerId: string): boolean => principal.userId === ownerId;

export const notYours = failed('notYours', 'The session belongs to another user.');
