// The id that sandboxes carry which the engines on this database share.
import { sql } from 'slonik';
import * as v from 'valibot';

const Owner = v.object({
  id: v.string(),
  /** Whether engines have shared daemons by it, so that containers may carry it. */
  wasUsed: v.boolean(),
});

export const selectSandboxOwner = sql.type(Owner)`
  SELECT id, EXISTS (SELECT 1 FROM lucid_engine.sandbox_daemons) AS "wasUsed" FROM lucid_engine.sandbox_owner`;
