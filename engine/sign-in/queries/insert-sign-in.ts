// A new sign-in; where its user has as many as anybody may, the oldest goes.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { SignIn } from '../sign-in.ts';

const Removed = v.object({ hash: v.string() });

/** @returns those that had to go */
export const insertSignIn = (signIn: SignIn, { nowMs, perUserMax }: { nowMs: number; perUserMax: number }) =>
  sql.type(Removed)`
    WITH made AS (
      INSERT INTO lucid_engine.sign_ins (token_hash, user_id, name, is_admin, way, created_at, expires_at, ends_at)
      VALUES (${signIn.hash}, ${signIn.userId}, ${signIn.name}, ${signIn.isAdmin}, ${signIn.way},
        to_timestamp(${nowMs}::float8 / 1000), to_timestamp(${signIn.expiresAtMs}::float8 / 1000),
        to_timestamp(${signIn.endsAtMs}::float8 / 1000))
    )
    DELETE FROM lucid_engine.sign_ins WHERE token_hash IN (
      SELECT token_hash FROM lucid_engine.sign_ins WHERE user_id = ${signIn.userId}
      ORDER BY created_at DESC, token_hash OFFSET ${perUserMax - 1}
    )
    RETURNING token_hash AS hash`;
