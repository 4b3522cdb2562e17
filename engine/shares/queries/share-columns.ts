// The columns of a share as the session's owner sees it.
import { sql } from 'slonik';
import * as v from 'valibot';

export const ShareRow = v.object({
  id: v.string(),
  createdAtMs: v.number(),
  expiresAtMs: v.number(),
  mayReadWorkspace: v.boolean(),
  lastUsedAtMs: v.nullable(v.number()),
});
export type ShareRow = v.InferOutput<typeof ShareRow>;

export const shareColumns = sql.fragment`
  id, created_at AS "createdAtMs", expires_at AS "expiresAtMs", may_read_workspace AS "mayReadWorkspace",
  last_used_at AS "lastUsedAtMs"`;
