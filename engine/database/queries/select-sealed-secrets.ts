// A session's secrets as its row keeps them: sealed, or none.
import { sql } from 'slonik';
import * as v from 'valibot';

const Row = v.object({ sealedSecrets: v.nullable(v.string()) });

export const selectSealedSecrets = (sessionId: string) => sql.type(Row)`
  SELECT sealed_secrets AS "sealedSecrets" FROM lucid_engine.agent_sessions WHERE id = ${sessionId}`;
