// A share's token: unguessable, and known again by the hash that is stored of it.
import { createHash, randomBytes } from 'node:crypto';
import { shareTokenPrefix } from '../../schema/protocol/share-token.ts';

/** Nobody guesses so many. */
const tokenBytes = 32;

export const makeShareToken = (): string => shareTokenPrefix + randomBytes(tokenBytes).toString('base64url');

/** Found by its hash, a token is never compared character by character, whose time would tell how far it is right. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
