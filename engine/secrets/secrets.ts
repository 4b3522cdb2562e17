// Callers' keys and tokens: in memory while their session is live, and sealed in its row where ENCRYPTION_KEY is set.
import { joinToken } from '../../schema/rules/git-credentials.ts';
import { noSecrets, type SessionSecrets } from '../../schema/session.ts';
import type { DirectWrites } from '../database/direct-writes.ts';
import type { History } from '../database/history.ts';
import type { Log } from '../log.ts';
import type { Entry } from '../sessions/directory.ts';
import type { Sealing } from './sealing.ts';

export type SecretsDependencies = {
  sealing: Sealing;
  history: Pick<History, 'findSealedSecrets'>;
  writes: Pick<DirectWrites, 'resealSecrets'>;
  log: Pick<Log, 'warn'>;
};

/** Stands for secrets that were sealed under another ENCRYPTION_KEY or for another session. */
const unreadableSecrets: SessionSecrets = { ...noSecrets, areUnreadable: true };

export class Secrets {
  readonly #dependencies: SecretsDependencies;

  constructor(dependencies: SecretsDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns the text for a new session's row; null where nothing is kept */
  sealForRow(sessionId: string, secrets: SessionSecrets): Promise<string | null> {
    return this.#dependencies.sealing.seal(sessionId, secrets);
  }

  /** @param sealed what another engine has sealed for the row of a session that is made here */
  async openForPlaced(sessionId: string, sealed: string | null): Promise<SessionSecrets> {
    return sealed === null ? noSecrets : this.#openSealed(sessionId, sealed);
  }

  /** @returns the caller's secrets; none where they were in memory only and the engine has been restarted since */
  async loadSecrets(sessionId: string, entry: Entry | undefined): Promise<SessionSecrets> {
    if (entry?.secrets) return entry.secrets;
    const sealed = await this.#dependencies.history.findSealedSecrets(sessionId);
    const secrets = sealed === null ? noSecrets : await this.#openSealed(sessionId, sealed);
    if (entry) entry.secrets = secrets;
    return secrets;
  }

  /** Stores secrets that the owner brings again. @returns them with the known ones that weren't given */
  async replaceSecrets(sessionId: string, entry: Entry | undefined, given: SessionSecrets): Promise<SessionSecrets> {
    const { sealing, writes } = this.#dependencies;
    const before = await this.loadSecrets(sessionId, entry);
    const secrets = {
      ...before,
      apiKey: given.apiKey ?? before.apiKey,
      gitToken: joinToken(given.gitToken, before.gitToken),
      mcp: given.mcp ?? before.mcp,
    };
    const sealed = await sealing.seal(sessionId, secrets);
    if (sealed !== null) await writes.resealSecrets(sessionId, sealed);
    return secrets;
  }

  async #openSealed(sessionId: string, sealed: string): Promise<SessionSecrets> {
    const { sealing, log } = this.#dependencies;
    const secrets = await sealing.openSealed(sessionId, sealed);
    if (secrets) return secrets;
    log.warn('secrets.unreadable', { sessionId, reason: unreadableReason });
    return unreadableSecrets;
  }
}

const unreadableReason =
  'Its row holds secrets that ENCRYPTION_KEY does not open: they were sealed under another one. Set that one again, or have the session’s owner attach with the key.';
