// The name that the front end's token gives a person, to be shown.
import { decodeJwt } from 'jose';
import { nameIn } from './person-of-claims.ts';

/** @param token a verified one @returns undefined where it has no such claim */
export const nameOfToken = (token: string): string | undefined => nameIn([decodeJwt(token).name]);
