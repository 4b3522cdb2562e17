// Brings clients to rest and compares all that they saw with all that is stored.
import { findViolations, type Violation } from './checker.ts';
import { type Crowd, waitUntil } from './crowd.ts';
import { Rows } from './stored-rows.ts';

const settleWithinMs = 30_000;
const violationsShownMax = 10;

/**
 * Lets the clients get their answers and hear the last of what is stored; then they leave.
 * @param databaseUrl the database itself, past any proxy
 * @returns a sentence for each violation, at most ten and their number
 */
export async function judgeCrowd(crowd: Crowd, databaseUrl: string): Promise<string[]> {
  crowd.stopLoad();
  await crowd.waitUntilAnswered(settleWithinMs);
  const rows = await Rows.open(databaseUrl);
  try {
    const sessionIds = crowd.clients.map(({ sessionId }) => sessionId);
    const due = await rows.readLastSequences(sessionIds);
    const haveHeard = () =>
      crowd.clients.every(({ sessionId, lastSequence: heard }) => heard >= (due.get(sessionId) ?? 0));
    await waitUntil(haveHeard, settleWithinMs);
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
