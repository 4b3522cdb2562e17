// Selects those of the sessions that have ended, of which nothing is needed any more.
import { sql } from 'slonik';
import * as v from 'valibot';
import { inUnendedStates } from '../../../actors/persistence/queries/unended-states.ts';

const Row = v.object({ id: v.string() });

export const selectEndedSessions = (sessionIds: string[]) => sql.type(Row)`
  SELECT id FROM lucid_engine.agent_sessions
  WHERE id = ANY(${sql.array(sessionIds, 'varchar')}) AND state NOT ${inUnendedStates}`;
