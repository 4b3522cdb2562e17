// Brings clients to rest and compares all that they saw with all that is stored.
import { findViolations, type Violation } from './checker.ts';
import { type Crowd, waitUntil } from './crowd.ts';
import { Rows } from './stored-rows.ts';

const settleWithinMs = 30_000;
const violationsShownMax = 10;

/**
 * Clients get their answers and the last stored event before they leave.
 * @param databaseUrl of the database itself, without a proxy
 * @returns a sentence for each violation, at most ten and their number
 */
export async function judgeCrowd(crowd: Crowd, databaseUrl: string): Promise<string[]> {
  crowd.stopLoad();
  await crowd.waitUntilAnswered(settleWithinMs);
  const rows = await Rows.open(databaseUrl);
  try {
    const sessionIds = crowd.clients.map(({ sessionId }) => sessionId);
    const due = await rows.readLastSequences(sessionIds);
    const haveAll = () =>
      crowd.clients.every(({ sessionId, lastSequence }) => lastSequence >= (due.get(sessionId) ?? 0));
    await waitUntil(haveAll, settleWithinMs);
    await crowd.leave();
    const histories = crowd.clients.map(({ history }) => history);
    return formatViolations(findViolations(histories, await rows.readRows(sessionIds), due));
  } finally {
    await rows.close();
  }
}

function formatViolations(violations: readonly Violation[]): string[] {
  const shown = violations
    .slice(0, violationsShownMax)
    .map(({ kind, sessionId, detail }) => `${kind}: ${detail} (session ${sessionId})`);
  return violations.length > shown.length ? [...shown, `… ${violations.length} in all`] : shown;
}
