// Shares go when their owner says so, and when they have expired.
import { sql } from 'slonik';
import { ShareRow, shareColumns } from './share-columns.ts';

/** @returns no row where the session has no such share */
export const deleteShare = (sessionId: string, id: string) => sql.type(ShareRow)`
  DELETE FROM lucid_engine.shares WHERE session_id = ${sessionId} AND id = ${id} RETURNING ${shareColumns}`;

export const deleteExpiredShares = () => sql.unsafe`DELETE FROM lucid_engine.shares WHERE expires_at <= now()`;
