// Claims a session for a run: from here on, writes under older epochs are refused. It is claimed only from nobody, from the
// same run or from one that is over, which a run is once its row is gone or says so; its silence alone doesn't count. And only
// for a run that has the labels which the session asks for.
import { type CommonQueryMethods, sql } from 'slonik';
import * as v from 'valibot';
import { type Labels, noLabels } from '../../../schema/labels.ts';
import type { OwnedElsewhere } from '../../../schema/ownership.ts';
import type { SessionSettings, StoredState } from '../../../schema/session.ts';
import { fitsRun } from './fitting-run.ts';
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

const Owner = v.object({
  runId: v.nullable(v.string()),
  bootId: v.nullable(v.string()),
  node: v.nullable(v.string()),
  isOwned: v.boolean(),
  isFit: v.boolean(),
  labels: v.nullable(v.custom<Labels>((value) => typeof value === 'object')),
});

export type Claim =
  | { kind: 'claimed'; row: v.InferOutput<typeof Claimed> }
  | OwnedElsewhere
  /** Nobody alive has it, and the run lacks labels that it asks for. */
  | { kind: 'unfit'; labels: Labels }
  | { kind: 'noSuchSession' };

/** @param runId the run that owns it from now on; null for none */
export async function claimSession(
  connection: Pick<CommonQueryMethods, 'maybeOne'>,
  sessionId: string,
  runId: string | null,
): Promise<Claim> {
  const row = await connection.maybeOne(sql.type(Claimed)`
    UPDATE lucid_engine.agent_sessions s SET epoch = epoch + 1, run_id = ${runId}
    WHERE id = ${sessionId} AND (run_id IS NULL OR run_id = ${runId} OR NOT ${isOwnedByLivingRun}) AND ${fitsRun(runId)}
    RETURNING chat_id, user_id, epoch, state, settings, created_at, crashes`);
  return row ? { kind: 'claimed', row } : findOwner(connection, sessionId, runId);
}

/** Who has a session that could not be claimed. Its owner may be gone by now, and is named all the same: the next try claims it. */
async function findOwner(
  connection: Pick<CommonQueryMethods, 'maybeOne'>,
  sessionId: string,
  askingRunId: string | null,
): Promise<Exclude<Claim, { kind: 'claimed' }>> {
  const owner = await connection.maybeOne(sql.type(Owner)`
    SELECT s.run_id AS "runId", boot_id AS "bootId", node, ${isOwnedByLivingRun} AS "isOwned",
      ${fitsRun(askingRunId)} AS "isFit", settings -> 'labels' AS labels
    FROM lucid_engine.agent_sessions s LEFT JOIN lucid_engine.engine_runs r ON r.id = s.run_id WHERE s.id = ${sessionId}`);
  if (!owner) return { kind: 'noSuchSession' };
  const { runId, bootId, node, isOwned, isFit, labels } = owner;
  if (!isOwned && !isFit) return { kind: 'unfit', labels: labels ?? noLabels };
  return { kind: 'ownedElsewhere', bootId, node, runId: runId ?? '' };
}
