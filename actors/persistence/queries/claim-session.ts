// Claims a session for a run: from here on, writes under older epochs are refused. It is claimed only from nobody, from the
// same run or from one that is over, which a run is once its row is gone or says so; its silence alone doesn't count.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import type { OwnedElsewhere } from '../../../schema/ownership.ts';
import type { SessionSettings, StoredState } from '../../../schema/session.ts';
import { isOwnedByLivingRun } from './living-run.ts';

const Claimed = v.object({
  chat_id: v.string(),
  user_id: v.string(),
  epoch: v.number(),
  state: v.custom<StoredState>((value) => typeof value === 'string'),
  settings: v.custom<SessionSettings>((value) => typeof value === 'object'),
  created_at: v.number(),
  crashes: v.number(),
});

const Owner = v.object({ runId: v.nullable(v.string()), bootId: v.nullable(v.string()), node: v.nullable(v.string()) });

export type Claim =
  | { kind: 'claimed'; row: v.InferOutput<typeof Claimed> }
  | OwnedElsewhere
  | { kind: 'noSuchSession' };

/** @param runId the run that owns it from now on; null for none */
export async function claimSession(
  connection: Pick<CommonQueryMethods, 'maybeOne'>,
  sessionId: string,
  runId: string | null,
): Promise<Claim> {
  const row = await connection.maybeOne(sql.type(Claimed)`
    UPDATE lucid_engine.agent_sessions s SET epoch = epoch + 1, run_id = ${runId}
    WHERE id = ${sessionId} AND (run_id IS NULL OR run_id = ${runId} OR NOT ${isOwnedByLivingRun})
    RETURNING chat_id, user_id, epoch, state, settings, created_at, crashes`);
  return row ? { kind: 'claimed', row } : findOwner(connection, sessionId);
}

/** Who has a session that could not be claimed. Its owner may be gone by now, and is named all the same: the next try claims it. */
async function findOwner(
  connection: Pick<CommonQueryMethods, 'maybeOne'>,
  sessionId: string,
): Promise<Exclude<Claim, { kind: 'claimed' }>> {
  const owner = await connection.maybeOne(sql.type(Owner)`
    SELECT s.run_id AS "runId", boot_id AS "bootId", node
    FROM lucid_engine.agent_sessions s LEFT JOIN lucid_engine.engine_runs r ON r.id = s.run_id WHERE s.id = ${sessionId}`);
  if (!owner) return { kind: 'noSuchSession' };
  return { kind: 'ownedElsewhere', ...owner, runId: owner.runId ?? '' };
}
