// Notes that a share is used now, once a minute however often it is.
import { sql } from 'slonik';

export const updateShareUse = (shareId: string) => sql.unsafe`
  UPDATE lucid_engine.shares SET last_used_at = now()
  WHERE id = ${shareId} AND coalesce(last_used_at < now() - interval '1 minute', true)`;
