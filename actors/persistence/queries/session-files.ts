// The bytes that are kept for a session: kept once each, within the session's bound, and read back.
import { sql } from 'slonik';
import * as v from 'valibot';
import { limits } from '../../../schema/limits.ts';

const Kept = v.object({ isKept: v.boolean() });
const Bytes = v.object({ bytes: v.instance(Buffer) });

/** The same bytes a second time change nothing; a session that holds too much keeps no more. */
export const keepFile = (sessionId: string, digest: string, bytes: Uint8Array) => sql.type(Kept)`
  WITH kept AS (
    INSERT INTO lucid_engine.session_files (session_id, digest, bytes)
    SELECT ${sessionId}, ${digest}, ${sql.binary(Buffer.from(bytes))}
    WHERE ${bytes.length}::bigint + (
      SELECT coalesce(sum(octet_length(bytes)), 0) FROM lucid_engine.session_files WHERE session_id = ${sessionId}
    ) <= ${limits.sessionFilesBytesMax}
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT EXISTS (SELECT 1 FROM kept) OR EXISTS (
    SELECT 1 FROM lucid_engine.session_files WHERE session_id = ${sessionId} AND digest = ${digest}
  ) AS "isKept"`;

export const loadFile = (sessionId: string, digest: string) => sql.type(Bytes)`
  SELECT bytes FROM lucid_engine.session_files WHERE session_id = ${sessionId} AND digest = ${digest}`;

/** For a session that was refused after all. */
export const dropFiles = (sessionId: string) => sql.unsafe`
  DELETE FROM lucid_engine.session_files WHERE session_id = ${sessionId}
    AND NOT EXISTS (SELECT 1 FROM lucid_engine.agent_sessions WHERE id = ${sessionId})`;

/** Those of sessions that were never stored, as where an engine died meanwhile. */
export const dropOrphanedFiles = sql.unsafe`
  DELETE FROM lucid_engine.session_files f WHERE created_at < now() - interval '1 hour'
    AND NOT EXISTS (SELECT 1 FROM lucid_engine.agent_sessions s WHERE s.id = f.session_id)`;
