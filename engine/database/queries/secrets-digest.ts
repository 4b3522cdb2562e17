// The digest of the secrets of the engines on a database.
import { sql } from 'slonik';
import * as v from 'valibot';

const Node = v.object({ node: v.nullable(v.string()) });

/** A living run, not this one, whose engine has other secrets. */
export const selectOtherSecrets = (digest: string) => sql.type(Node)`
  SELECT node FROM lucid_engine.engine_runs
  WHERE secrets_digest <> ${digest} AND beat_at > now() - interval '10 s' LIMIT 1`;

export const updateSecretsDigest = (runId: string, digest: string) => sql.unsafe`
  UPDATE lucid_engine.engine_runs SET secrets_digest = ${digest} WHERE id = ${runId}`;
