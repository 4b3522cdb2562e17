// Takes over the sessions of runs that are over: those with a cut turn in shares, the others have no clients any more.
import {
  type DatabasePool,
  type DatabasePoolConnection,
  type DatabaseTransactionConnection,
  type FragmentSqlToken,
  sql,
} from 'slonik';
import { v7 as uuid } from 'uuid';
import * as v from 'valibot';
import { runInTransaction } from '../../../actors/persistence/database-pool.ts';
import { fitsRun } from '../../../actors/persistence/queries/fitting-run.ts';
import { limits } from '../../../schema/limits.ts';
import type { SessionSettings } from '../../../schema/session.ts';
import { crashWindowMs } from '../../ring/crash-record.ts';
import { burySilentRuns, isSilentOrOver } from './bury-run.ts';
import { isTurnCut } from './cut-turn.ts';

/** Cut sessions that one engine among others takes in a beat: as many as it activates meanwhile. */
export const shareMax = 256;

const Cut = v.object({
  sessionId: v.string(),
  chatId: v.string(),
  userId: v.string(),
  settings: v.custom<SessionSettings>((value) => typeof value === 'object'),
  createdAtMs: v.number(),
});

/** A session whose turn was cut. */
export type CutSession = v.InferOutput<typeof Cut>;

const Left = v.object({ sessionId: v.string(), userId: v.string(), settings: Cut.entries.settings });

/** A session that somebody was connected to, or that was at work, when its engine died. */
export type LeftSession = v.InferOutput<typeof Left>;

const Run = v.object({ id: v.string() });

export type TakenOver = {
  /** Sessions that belong to the new run now, oldest first; none goes to two runs. */
  cut: readonly CutSession[];
  /** Sessions that belong to whichever engine is asked for them first. */
  left: readonly LeftSession[];
  /** Whether the cut ones are suspects, which are tried before others of their kind are taken. */
  hasSuspects: boolean;
};

const nothingTaken: TakenOver = { cut: [], left: [], hasSuspects: false };

export type Taking = {
  /** How long a dead run has been silent; null where only runs that are over already count as dead. */
  silenceMs: number | null;
  /** Whether an earlier reply may have been lost, so that the sessions that the run has by now come again. */
  isAgain: boolean;
  /** Whether suspects may be taken, once no others are left: each may be what killed its engines. */
  takesSuspects: boolean;
};

export async function takeOverRuns(
  pool: DatabasePool,
  connection: DatabasePoolConnection,
  runId: string,
  { silenceMs, isAgain, takesSuspects }: Taking,
): Promise<TakenOver> {
  const isOver = sql.fragment`beat_at = '-infinity'`;
  const isDead = silenceMs === null ? isOver : isSilentOrOver(silenceMs);
  if (!isAgain && !(await connection.exists(sql.unsafe`SELECT 1 FROM lucid_engine.engine_runs WHERE ${isDead}`)))
    return nothingTaken;
  if (silenceMs !== null) await connection.query(burySilentRuns(silenceMs));
  return runInTransaction(pool, connection, async (transaction) => {
    const left = await settleRuns(transaction);
    const lost = isAgain ? await transaction.any(selectOwnCut(runId)) : [];
    const share = await transaction.any(takeShare(runId));
    const suspects = takesSuspects && share.length === 0 ? await transaction.any(takeSuspects(runId)) : [];
    await transaction.query(deleteEmptyRemainders);
    return { left, cut: [...lost, ...share, ...suspects], hasSuspects: suspects.length > 0 };
  });
}

/** Makes one run of those that are over, a remainder, which has nothing but their cut sessions. */
async function settleRuns(transaction: DatabaseTransactionConnection): Promise<readonly LeftSession[]> {
  const over = await transaction.any(sql.type(Run)`
    SELECT id FROM lucid_engine.engine_runs WHERE beat_at = '-infinity' AND state <> 'remainder' FOR UPDATE SKIP LOCKED`);
  if (over.length === 0) return [];
  const overIds = sql.fragment`${sql.array(
    over.map(({ id }) => id),
    'varchar',
  )}`;
  const left = await transaction.any(sql.type(Left)`
    UPDATE chat_sessions c SET is_active = false
    FROM lucid_engine.agent_sessions s
    WHERE s.run_id = ANY(${overIds}) AND s.state = 'live' AND c.id = s.chat_id AND c.is_active
    RETURNING s.id AS "sessionId", s.user_id AS "userId", settings`);
  const remainder = uuid();
  await transaction.query(sql.unsafe`
    INSERT INTO lucid_engine.engine_runs (id, beat_at, state) VALUES (${remainder}, '-infinity', 'remainder')`);
  await transaction.query(moveCut(overIds, remainder));
  await transaction.query(sql.unsafe`DELETE FROM lucid_engine.engine_runs WHERE id = ANY(${overIds})`);
  return left;
}

/** Deaths in a row have less than a minute between them, as those of hosts. */
const crashesLately = sql.fragment`
  CASE WHEN s.crashed_at > now() - ${crashWindowMs} * interval '1 millisecond' THEN s.crashes ELSE 0 END`;

/**
 * Counts the deaths. A session is given up after one more than `reactivationsMax`, and the last one only counts for a session
 * that alone had had so many: of several nobody knows which it was.
 */
const moveCut = (overIds: FragmentSqlToken, remainder: string) => sql.unsafe`
  WITH cut AS (
    SELECT s.id, r.state = 'died' AS has_died, ${crashesLately} AS crashes,
      count(*) FILTER (WHERE ${crashesLately} >= ${limits.reactivationsMax}::int) OVER (PARTITION BY r.id) AS suspects
    FROM lucid_engine.engine_runs r JOIN lucid_engine.agent_sessions s ON s.run_id = r.id
    WHERE r.id = ANY(${overIds}) AND ${isTurnCut}
  )
  UPDATE lucid_engine.agent_sessions s SET run_id = ${remainder},
    crashes = CASE WHEN NOT cut.has_died THEN cut.crashes WHEN suspects > 1 THEN least(cut.crashes + 1, ${limits.reactivationsMax}::int)
      ELSE cut.crashes + 1 END,
    crashed_at = CASE WHEN cut.has_died THEN now() ELSE s.crashed_at END
  FROM cut WHERE s.id = cut.id`;

const cutColumns = sql.fragment`
  id AS "sessionId", chat_id AS "chatId", user_id AS "userId", settings, created_at AS "createdAtMs"`;

const selectOwnCut = (runId: string) => sql.type(Cut)`
  SELECT ${cutColumns} FROM lucid_engine.agent_sessions s WHERE run_id = ${runId} AND ${isTurnCut}
  ORDER BY s.created_at, s.id`;

/** Deaths from which on a session is a suspect. */
const suspectCrashes = 2;
const ofRemaindersFor = (runId: string) => sql.fragment`
  s.state = 'live' AND s.run_id IN (SELECT id FROM lucid_engine.engine_runs WHERE state = 'remainder') AND ${fitsRun(runId)}`;

const take = (runId: string, share: FragmentSqlToken) => sql.type(Cut)`
  WITH share AS (${share} FOR UPDATE SKIP LOCKED), taken AS (
    UPDATE lucid_engine.agent_sessions s SET run_id = ${runId} FROM share WHERE s.id = share.id
    RETURNING s.id, chat_id, user_id, settings, created_at
  )
  SELECT ${cutColumns} FROM taken ORDER BY created_at, id`;

/** Without another living run there is nobody to share with. */
const takeShare = (runId: string) =>
  take(
    runId,
    sql.fragment`
    SELECT s.id FROM lucid_engine.agent_sessions s WHERE ${ofRemaindersFor(runId)} AND s.crashes < ${suspectCrashes}::int
    ORDER BY s.created_at, s.id
    LIMIT CASE WHEN EXISTS (
      SELECT 1 FROM lucid_engine.engine_runs WHERE id <> ${runId} AND beat_at > '-infinity') THEN ${shareMax}::int END`,
  );

/** After the second death in groups, as large as there are groups; after the third one by one, so that who kills is alone. */
const takeSuspects = (runId: string) =>
  take(
    runId,
    sql.fragment`
    SELECT s.id FROM lucid_engine.agent_sessions s WHERE ${ofRemaindersFor(runId)}
    ORDER BY s.crashes, s.created_at, s.id
    LIMIT greatest(1, (SELECT ceil(sqrt(count(*))) FROM lucid_engine.agent_sessions s
      WHERE ${ofRemaindersFor(runId)} AND s.crashes = ${suspectCrashes}::int))`,
  );

/** A session that another engine is taking is still seen here, so its remainder stays until the next beat. */
const deleteEmptyRemainders = sql.unsafe`
  DELETE FROM lucid_engine.engine_runs r WHERE state = 'remainder' AND NOT EXISTS (
    SELECT 1 FROM lucid_engine.agent_sessions s WHERE s.run_id = r.id AND s.state = 'live')`;
