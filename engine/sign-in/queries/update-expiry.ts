// A sign-in that is used goes on.
import { sql } from 'slonik';

export const updateExpiry = (hash: string, expiresAtMs: number) => sql.unsafe`
  UPDATE lucid_engine.sign_ins SET expires_at = to_timestamp(${expiresAtMs}::float8 / 1000) WHERE token_hash = ${hash}`;
