// Callers' keys and tokens: in memory while their session is live, and sealed in its row where ENCRYPTION_KEY is set.
import { joinToken } from '../../schema/rules/git-credentials.ts';
import { noSecrets, type SessionSecrets } from '../../schema/session.ts';
import type { History } from '../database/history.ts';
import type { Entry } from '../sessions/directory.ts';
import type { Sealing } from './sealing.ts';

export type SecretsDependencies = { sealing: Sealing; history: Pick<History, 'findSealedSecrets' | 'resealSecrets'> };

export class Secrets {
  readonly #sealing: Sealing;
  readonly #history: SecretsDependencies['history'];

  constructor({ sealing, history }: SecretsDependencies) {
    this.#sealing = sealing;
    this.#history = history;
  }

  /** For the row of a new session. */
  sealForRow(sessionId: string, secrets: SessionSecrets): Promise<string | null> {
    return this.#sealing.seal(sessionId, secrets);
  }

  /** What a session's caller gave; none where they were in memory only and the engine has been restarted since. */
  async loadSecrets(sessionId: string, entry: Entry | undefined): Promise<SessionSecrets> {
    if (entry?.secrets) return entry.secrets;
    const sealed = await this.#history.findSealedSecrets(sessionId);
    const secrets = (sealed === null ? undefined : await this.#sealing.openSealed(sessionId, sealed)) ?? noSecrets;
    if (entry) entry.secrets = secrets;
    return secrets;
  }

  /** Keeps in the row what a session's owner brings anew. @returns all of them: what isn't given stays as it was */
  async replaceSecrets(sessionId: string, entry: Entry | undefined, given: SessionSecrets): Promise<SessionSecrets> {
    const before = await this.loadSecrets(sessionId, entry);
    const secrets = { apiKey: given.apiKey ?? before.apiKey, gitToken: joinToken(given.gitToken, before.gitToken) };
    const sealed = await this.#sealing.seal(sessionId, secrets);
    if (sealed !== null) await this.#history.resealSecrets(sessionId, sealed);
    return secrets;
  }
}
