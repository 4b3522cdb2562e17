// Puts other sealed secrets into a session's row; whoever owns its actor has nothing to do with them.
import { sql } from 'slonik';
import { inUnendedStates } from '../../../actors/persistence/queries/unended-states.ts';

export const updateSealedSecrets = (sessionId: string, sealed: string) => sql.unsafe`
  UPDATE lucid_engine.agent_sessions SET sealed_secrets = ${sealed} WHERE id = ${sessionId} AND state ${inUnendedStates}`;
