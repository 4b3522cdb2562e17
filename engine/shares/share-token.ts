// A share's token: unguessable, and known again by the hash that is stored of it.
import { createHash, randomBytes } from 'node:crypto';

const prefix = 'share_';
/** Nobody guesses so many. */
const tokenBytes = 32;
const tokenForm = /^share_[A-Za-z0-9_-]{43}$/;

export const makeShareToken = (): string => prefix + randomBytes(tokenBytes).toString('base64url');

/** Whether it means to be one, so that it is taken for nothing else. */
export const isShareToken = (token: string): boolean => token.startsWith(prefix);

/** A text of another form has no share, which needs no query. */
export const hasTokenForm = (token: string): boolean => tokenForm.test(token);

/** Found by its hash, a token is never compared character by character, whose time would tell how far it is right. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
