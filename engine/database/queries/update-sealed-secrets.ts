// Replaces the sealed secrets in a session's row; no epoch is compared, since hosts never write them.
import { sql } from 'slonik';
import { inUnendedStates } from '../../../actors/persistence/queries/unended-states.ts';

export const updateSealedSecrets = (sessionId: string, sealed: string) => sql.unsafe`
  UPDATE lucid_engine.agent_sessions SET sealed_secrets = ${sealed} WHERE id = ${sessionId} AND state ${inUnendedStates}`;
