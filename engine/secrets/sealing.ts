// Seals callers' keys and tokens, and the secrets of webhooks, so that only ENCRYPTION_KEY opens them: JWE, A256GCM.
import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors as joseErrors } from 'jose';
import * as v from 'valibot';
import type { SessionSecrets } from '../../schema/session.ts';

const Mcp = v.object({ values: v.record(v.string(), v.string()), url: v.exactOptional(v.string()) });

/** The sealed content, with the session's id, so that a copy in another row doesn't open. */
const Sealed = v.object({
  sessionId: v.string(),
  apiKey: v.nullable(v.string()),
  gitToken: v.nullable(v.string()),
  mcp: v.optional(v.record(v.string(), Mcp)),
});

/** Whose text it is, for the same reason. */
const SealedText = v.object({ owner: v.string(), text: v.string() });

export class Sealing {
  readonly #key: Uint8Array | undefined;

  /** @param encryptionKey any text of enough entropy; undefined where secrets are not to be stored at all */
  constructor(encryptionKey: string | undefined) {
    if (encryptionKey === undefined) return;
    this.#key = new Uint8Array(hkdfSync('sha256', encryptionKey, '', 'lucid session secrets', 32));
  }

  /** @returns text for the row; null where there is nothing to seal, or no key to seal with */
  async seal(sessionId: string, secrets: SessionSecrets): Promise<string | null> {
    const { apiKey, gitToken, mcp } = secrets;
    const isEmpty = apiKey === null && gitToken === null && mcp === undefined;
    if (!this.#key || isEmpty) return null;
    return this.#encrypt(this.#key, { sessionId, apiKey, gitToken, mcp });
  }

  /** @returns undefined where this key doesn't open the text, or it was changed or is another session's */
  async openSealed(sessionId: string, sealed: string): Promise<SessionSecrets | undefined> {
    const opened = await this.#decrypt(sealed);
    if (opened === undefined) return undefined;
    const { sessionId: owner, ...secrets } = v.parse(Sealed, opened);
    return owner === sessionId ? secrets : undefined;
  }

  /** @param owner what else it doesn't open for @returns undefined where there is no key to seal with */
  async sealText(owner: string, text: string): Promise<string | undefined> {
    return this.#key && this.#encrypt(this.#key, { owner, text });
  }

  /** @returns undefined for what this key doesn't open, what was changed, or another owner's */
  async openText(owner: string, sealed: string): Promise<string | undefined> {
    const opened = v.safeParse(SealedText, await this.#decrypt(sealed));
    return opened.success && opened.output.owner === owner ? opened.output.text : undefined;
  }

  #encrypt(key: Uint8Array, value: object): Promise<string> {
    const text = new TextEncoder().encode(JSON.stringify(value));
    return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
  }

  async #decrypt(sealed: string): Promise<unknown> {
    if (!this.#key) return undefined;
    try {
      const { plaintext } = await compactDecrypt(sealed, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      return JSON.parse(new TextDecoder().decode(plaintext));
    } catch (error) {
      if (error instanceof joseErrors.JOSEError) return undefined;
      throw error;
    }
  }
}
