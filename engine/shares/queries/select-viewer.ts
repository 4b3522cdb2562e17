// Whose share has a token's hash, as long as it holds.
import { sql } from 'slonik';
import * as v from 'valibot';

const ViewerRow = v.object({
  shareId: v.string(),
  sessionId: v.string(),
  userId: v.string(),
  mayReadWorkspace: v.boolean(),
  expiresAtMs: v.number(),
  /** Whether its use was noted in the last minute. */
  isNoted: v.boolean(),
});

export const selectViewer = (tokenHash: Buffer) => sql.type(ViewerRow)`
  SELECT h.id AS "shareId", h.session_id AS "sessionId", s.user_id AS "userId",
    h.may_read_workspace AS "mayReadWorkspace", h.expires_at AS "expiresAtMs",
    coalesce(h.last_used_at > now() - interval '1 minute', false) AS "isNoted"
  FROM lucid_engine.shares h JOIN lucid_engine.agent_sessions s ON s.id = h.session_id
  WHERE h.token_hash = ${sql.binary(tokenHash)} AND h.expires_at > now()`;
