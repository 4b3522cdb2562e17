// A session's shares that hold, oldest first.
import { sql } from 'slonik';
import { ShareRow, shareColumns } from './share-columns.ts';

export const selectShares = (sessionId: string) => sql.type(ShareRow)`
  SELECT ${shareColumns} FROM lucid_engine.shares
  WHERE session_id = ${sessionId} AND expires_at > now() ORDER BY created_at, id`;
