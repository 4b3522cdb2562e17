// Deletes the spending of days that no budget asks for any more; the costs of turns stay with their events.
import { sql } from 'slonik';
import { limits } from '../../../schema/limits.ts';

export const deleteOldSpending = sql.unsafe`
  DELETE FROM lucid_engine.spending WHERE day < (now() AT TIME ZONE 'UTC')::date - ${limits.costDaysMax}::int`;
