// Callers' keys and tokens: in memory while their session is live, and sealed in its row where ENCRYPTION_KEY is set.
import { tokenJoined } from '../../schema/rules/git-credentials.ts';
import { noSecrets, type SessionSecrets } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { Entry } from '../sessions/directory.ts';
import type { Sealing } from './sealing.ts';

export type SecretsParts = { sealing: Sealing; history: Pick<History, 'sealedSecrets' | 'reseal'> };

export class Secrets {
  readonly #sealing: Sealing;
  readonly #history: SecretsParts['history'];

  constructor({ sealing, history }: SecretsParts) {
    this.#sealing = sealing;
    this.#history = history;
  }

  /** For the row of a new session. */
  seal(sessionId: string, secrets: SessionSecrets): Promise<string | null> {
    return this.#sealing.seal(sessionId, secrets);
  }

  /** What a session's caller gave; none where they were in memory only and the engine has been restarted since. */
  async of(sessionId: string, entry: Entry | undefined): Promise<SessionSecrets> {
    if (entry?.secrets) return entry.secrets;
    const sealed = await this.#history.sealedSecrets(sessionId);
    const secrets = (sealed === null ? undefined : await this.#sealing.open(sessionId, sealed)) ?? noSecrets;
    if (entry) entry.secrets = secrets;
    return secrets;
  }

  /** Keeps in the row what a session's owner brings anew. @returns all of them: what isn't given stays as it was */
  async replace(sessionId: string, entry: Entry | undefined, given: SessionSecrets): Promise<SessionSecrets> {
    const before = await this.of(sessionId, entry);
    const secrets = { apiKey: given.apiKey ?? before.apiKey, gitToken: tokenJoined(given.gitToken, before.gitToken) };
    const sealed = await this.#sealing.seal(sessionId, secrets);
    if (sealed !== null) await this.#history.reseal(sessionId, sealed);
    return secrets;
  }
}
