// Selects those of the sessions that can be activated again, whose sandboxes are kept.
import { sql } from 'slonik';
import * as v from 'valibot';
import { inUnendedStates } from '../../../actors/persistence/queries/unended-states.ts';

const Row = v.object({ id: v.string() });

export const selectActivatableSessions = (sessionIds: string[]) => sql.type(Row)`
  SELECT id FROM lucid_engine.agent_sessions
  WHERE id = ANY(${sql.array(sessionIds, 'varchar')}) AND state ${inUnendedStates}`;
