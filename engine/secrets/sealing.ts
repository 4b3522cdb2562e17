// Seals callers' keys and tokens for their session's row, so that only ENCRYPTION_KEY opens them: JWE, A256GCM.
import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors as joseErrors } from 'jose';
import * as v from 'valibot';
import type { SessionSecrets } from '../../schema/session.ts';

/** The sealed content, with the session's id, so that a copy in another row doesn't open. */
const Sealed = v.object({
  sessionId: v.string(),
  apiKey: v.nullable(v.string()),
  gitToken: v.nullable(v.string()),
});

export class Sealing {
  readonly #key: Uint8Array | undefined;

  /** @param encryptionKey any text of enough entropy; undefined where secrets are not to be stored at all */
  constructor(encryptionKey: string | undefined) {
    if (encryptionKey === undefined) return;
    this.#key = new Uint8Array(hkdfSync('sha256', encryptionKey, '', 'lucid session secrets', 32));
  }

  /** @returns text for the row; null where there is nothing to seal, or no key to seal with */
  async seal(sessionId: string, secrets: SessionSecrets): Promise<string | null> {
    const { apiKey, gitToken } = secrets;
    const isEmpty = apiKey === null && gitToken === null;
    if (!this.#key || isEmpty) return null;
    const text = new TextEncoder().encode(JSON.stringify({ sessionId, apiKey, gitToken }));
    return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(this.#key);
  }

  /** @returns undefined where this key doesn't open the text, or it was changed or is another session's */
  async openSealed(sessionId: string, sealed: string): Promise<SessionSecrets | undefined> {
    if (!this.#key) return undefined;
    try {
      const { plaintext } = await compactDecrypt(sealed, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      const { sessionId: owner, ...secrets } = v.parse(Sealed, JSON.parse(new TextDecoder().decode(plaintext)));
      return owner === sessionId ? secrets : undefined;
    } catch (error) {
      if (error instanceof joseErrors.JOSEError) return undefined;
      throw error;
    }
  }
}
