// The end of a sign-in, and of those whose time is over.
import { sql } from 'slonik';

export const deleteSignIn = (hash: string) => sql.unsafe`
  DELETE FROM lucid_engine.sign_ins WHERE token_hash = ${hash}`;

export const deleteExpiredSignIns = (nowMs: number) => sql.unsafe`
  DELETE FROM lucid_engine.sign_ins WHERE expires_at <= to_timestamp(${nowMs}::float8 / 1000)`;
