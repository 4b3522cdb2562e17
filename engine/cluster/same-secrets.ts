// Keeps an engine with other secrets out of a cluster: its tokens and sealed keys would be refused elsewhere.
import { createHmac } from 'node:crypto';
import { type Config, ConfigError } from '../config.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import { selectOtherSecrets, updateSecretsDigest } from '../database/queries/secrets-digest.ts';

export class SameSecrets {
  readonly #queries: Pick<ReadQueries & WriteQueries, 'maybeOne' | 'query'>;
  readonly #digest: string;

  constructor(
    queries: Pick<ReadQueries & WriteQueries, 'maybeOne' | 'query'>,
    { SESSION_SECRET, ENCRYPTION_KEY = '' }: Pick<Config, 'SESSION_SECRET' | 'ENCRYPTION_KEY'>,
  ) {
    this.#queries = queries;
    this.#digest = createHmac('sha256', SESSION_SECRET).update(`lucid cluster\0${ENCRYPTION_KEY}`).digest('base64url');
  }

  /** @throws ConfigError where a living engine on the database has others */
  async check(): Promise<void> {
    const other = await this.#queries.maybeOne(selectOtherSecrets(this.#digest));
    if (!other) return;
    const who = other.node === null ? 'another engine' : `the engine ${other.node}`;
    throw new ConfigError(
      `SESSION_SECRET or ENCRYPTION_KEY is not the one of ${who} on this database: with CLUSTER_URL both have to be the same at all engines.`,
    );
  }

  /** Shows the others which secrets this engine's run has. */
  async show(runId: string): Promise<void> {
    await this.#queries.query(updateSecretsDigest(runId, this.#digest));
  }
}
