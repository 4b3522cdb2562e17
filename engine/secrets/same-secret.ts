// Compares a secret that a caller gives with the engine's own, in a time that tells nothing about either.
import { createHash, timingSafeEqual } from 'node:crypto';

export const isSameSecret = (given: string, own: string): boolean => timingSafeEqual(digestOf(given), digestOf(own));

const digestOf = (text: string) => createHash('sha256').update(text).digest();
