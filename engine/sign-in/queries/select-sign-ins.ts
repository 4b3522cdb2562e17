// Sign-ins by their digests; those that have ended have no row, or an expired one.
import { sql } from 'slonik';
import * as v from 'valibot';
import type { SignInWay } from '../../../schema/protocol/routes/sign-in.ts';

const SignInRow = v.object({
  hash: v.string(),
  userId: v.string(),
  name: v.string(),
  isAdmin: v.boolean(),
  way: v.custom<SignInWay>((value) => typeof value === 'string'),
  expiresAtMs: v.number(),
  endsAtMs: v.number(),
});

export const selectSignIns = (hashes: readonly string[]) => sql.type(SignInRow)`
  SELECT token_hash AS hash, user_id AS "userId", name, is_admin AS "isAdmin", way, expires_at AS "expiresAtMs",
    ends_at AS "endsAtMs"
  FROM lucid_engine.sign_ins WHERE token_hash = ANY(${sql.array([...hashes], 'varchar')})`;
