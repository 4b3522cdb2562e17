// Who is calling, and what a caller may see: decided here and nowhere else.
import { failed } from '../../schema/error.ts';

/** A verified caller. The claims are those of its JWT, where it has one. */
export type Principal = { userId: string; projectId?: string | undefined; sessionId?: string | undefined };

/** Sessions, chats and files belong to one user each; nobody else may see that they exist beyond a refusal. */
export const mayUse = (principal: Principal, ownerId: string): boolean => principal.userId === ownerId;

export const notYours = failed('notYours', 'The session belongs to another user.');
