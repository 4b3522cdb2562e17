// The end of a sign-in, and of those whose time is over.
import { sql } from 'slonik';
import * as v from 'valibot';

const Ended = v.object({ hash: v.string() });

export const deleteSignIn = (hash: string) => sql.unsafe`
  DELETE FROM lucid_engine.sign_ins WHERE token_hash = ${hash}`;

/** @returns those that have ended */
export const deleteSignInsOf = (userId: string) => sql.type(Ended)`
  DELETE FROM lucid_engine.sign_ins WHERE user_id = ${userId} RETURNING token_hash AS hash`;

export const deleteExpiredSignIns = (nowMs: number) => sql.unsafe`
  DELETE FROM lucid_engine.sign_ins WHERE expires_at <= to_timestamp(${nowMs}::float8 / 1000)`;
