// Compares what clients saw with what is stored, and finds what breaks a promise of the engine.
import type { ClientHistory, SeenConnection, SeenEvent, StoredRow } from './client-history.ts';

const violationKinds = {
  lost: 'an acknowledged command has no row',
  doubled: 'a command has two rows',
  missing: 'an event that a client saw has no row',
  differs: 'an event that a client saw is stored differently',
  gap: 'a connection jumped over an event',
  repeat: 'a connection got an event twice, or out of order',
  epoch: 'an older owner wrote behind a newer one',
  hole: "a session's rows have a gap",
  unheard: 'a client that came back did not get all that is stored',
  unanswered: 'a command was neither acknowledged nor refused',
} as const;

export type ViolationKind = keyof typeof violationKinds;
export type Violation = { kind: ViolationKind; sessionId: string; detail: string };

/**
 * @param rows all rows of the clients' sessions, in any order
 * @param due by session, the last sequence that was stored while its clients were connected
 */
export function findViolations(
  histories: readonly ClientHistory[],
  rows: readonly StoredRow[],
  due: ReadonlyMap<string, number>,
): Violation[] {
  const bySession = Map.groupBy(rows, (row) => row.sessionId);
  return [
    ...[...bySession].flatMap(([sessionId, ofSession]) => findRowViolations(sessionId, ofSession)),
    ...histories.flatMap((history) =>
      findClientViolations(history, bySession.get(history.sessionId) ?? [], due.get(history.sessionId) ?? 0),
    ),
  ];
}

/** These violations are found without any client. */
function findRowViolations(sessionId: string, rows: readonly StoredRow[]): Violation[] {
  const ordered = rows.toSorted((a, b) => a.sequence - b.sequence);
  const violations: Violation[] = [];
  for (const [at, row] of ordered.entries()) {
    const before = ordered[at - 1];
    const due = (before?.sequence ?? 0) + 1;
    if (row.sequence !== due)
      violations.push({ kind: 'hole', sessionId, detail: `row ${row.sequence} stands where ${due} was due` });
    if (before && row.epoch < before.epoch)
      violations.push({ kind: 'epoch', sessionId, detail: `row ${row.sequence} has epoch ${row.epoch}` });
  }
  const commands = rows.filter((row) => row.content !== null);
  const doubled = new Set([
    ...findRepeated(commands.map((row) => row.commandId)).map((id) => `command ${id}`),
    ...findRepeated(commands.map((row) => row.content)).map((content) => `"${content.slice(0, 60)}"`),
  ]);
  return [...violations, ...[...doubled].map((detail) => ({ kind: 'doubled' as const, sessionId, detail }))];
}

function findRepeated(texts: readonly (string | null)[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const text of texts) {
    if (text === null) continue;
    if (seen.has(text)) twice.add(text);
    seen.add(text);
  }
  return [...twice];
}

function findClientViolations(history: ClientHistory, rows: readonly StoredRow[], due: number): Violation[] {
  const { sessionId, client, connections, unanswered } = history;
  const stored = new Map(rows.map((row) => [row.sequence, row]));
  const lastSeen = connections.reduce((most, { events }) => Math.max(most, highestSequence(events)), 0);
  const violations = [
    ...connections.flatMap(findOrderViolations),
    ...connections.flatMap(({ events }) => events.flatMap((event) => findStorageViolations(event, stored))),
    ...unanswered.map((id) => ({ kind: 'unanswered' as const, detail: `command ${id}` })),
  ];
  if (lastSeen < due) violations.push({ kind: 'unheard', detail: `heard up to ${lastSeen} of ${due}` });
  return violations.map(({ kind, detail }) => ({ kind, sessionId, detail: `${client}: ${detail}` }));
}

const highestSequence = (events: readonly SeenEvent[]) =>
  events.reduce((most, { sequence }) => Math.max(most, sequence), 0);

type Found = Omit<Violation, 'sessionId'>;

/** Only the acknowledgement of a command that was sent again may come anywhere in the order. */
function findOrderViolations({ after, resent, events }: SeenConnection): Found[] {
  const violations: Found[] = [];
  let position = after;
  for (const { sequence, commandId } of events) {
    if (sequence !== position + 1 && commandId !== null && resent.has(commandId)) continue;
    if (sequence <= position) violations.push({ kind: 'repeat', detail: `event ${sequence} came behind ${position}` });
    else if (sequence > position + 1)
      violations.push({ kind: 'gap', detail: `event ${sequence} came behind ${position}` });
    position = Math.max(position, sequence);
  }
  return violations;
}

function findStorageViolations(event: SeenEvent, stored: ReadonlyMap<number, StoredRow>): Found[] {
  const { sequence, epoch, commandId, hash } = event;
  const row = stored.get(sequence);
  const isSame = row?.hash === hash && row.epoch === epoch && row.commandId === commandId;
  if (isSame) return [];
  if (commandId !== null && row?.commandId !== commandId)
    return [{ kind: 'lost', detail: `command ${commandId}, acknowledged as event ${sequence}` }];
  if (!row) return [{ kind: 'missing', detail: `event ${sequence} of epoch ${epoch}` }];
  return [{ kind: 'differs', detail: `event ${sequence} of epoch ${epoch} is stored in epoch ${row.epoch}` }];
}
