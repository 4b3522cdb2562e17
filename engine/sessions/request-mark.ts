// Marks a request that makes a session, so that a repetition is recognized: by an id made of the key, and a digest of the body.
import { createHash, createHmac } from 'node:crypto';
import { stringify } from 'uuid';

export type RequestMark = { sessionId: string; digest: string };

/**
 * @param secret keys the digest, so that nobody who reads the row can try passwords that the body may hold
 * @param body the checked body, in which spaces and the order of fields don't count
 */
export const markOf = (asked: { userId: string; key: string; body: object; secret: string }): RequestMark => ({
  sessionId: sessionIdOf(asked.userId, asked.key),
  digest: createHmac('sha256', asked.secret)
    .update(`request\n${JSON.stringify(asked.body)}`)
    .digest('base64url'),
});

/** A UUID of version 8 (RFC 9562, section 5.8) made of a hash of user and key, so that users' keys never collide. */
function sessionIdOf(userId: string, key: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([userId, key]))
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return stringify(bytes);
}
