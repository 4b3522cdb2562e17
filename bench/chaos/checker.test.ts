// The checker finds each violation in a history that is written by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findViolations, type ViolationKind } from './checker.ts';
import type { ClientHistory, SeenConnection, SeenEvent, StoredRow } from './client-history.ts';

const sessionId = 'session';

/** Rows 1 to `count`; every third is a command. */
const rowsOf = (count: number): StoredRow[] =>
  Array.from({ length: count }, (_, at) => {
    const sequence = at + 1;
    const commandId = sequence % 3 === 0 ? `c-${sequence}` : null;
    return { sessionId, epoch: 1, sequence, commandId, content: commandId && `Do ${commandId}`, hash: `h-${sequence}` };
  });

const seenOf = ({ epoch, sequence, commandId, hash }: StoredRow): SeenEvent => ({ epoch, sequence, commandId, hash });

const connectionOf = (rows: readonly StoredRow[], after = 0, resent: string[] = []): SeenConnection => ({
  after,
  resent: new Set(resent),
  events: rows.filter(({ sequence }) => sequence > after).map(seenOf),
});

const historyOf = (...connections: SeenConnection[]): ClientHistory => ({
  client: 'ada',
  sessionId,
  connections,
  unanswered: [],
});

/** By default clients stayed until the last row. */
function checked(histories: ClientHistory[], rows: StoredRow[], due = Math.max(0, ...rows.map((row) => row.sequence))) {
  return findViolations(histories, rows, new Map([[sessionId, due]]));
}

const kindsOf = (histories: ClientHistory[], rows: StoredRow[], due?: number): ViolationKind[] =>
  checked(histories, rows, due).map(({ kind }) => kind);

const without = (rows: readonly StoredRow[], sequence: number) => rows.filter((row) => row.sequence !== sequence);

test('a client that saw each stored event once, on any number of connections, has no violation', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(40)), (count, positions) => {
      const rows = rowsOf(count);
      const connections = positions.map((position) => connectionOf(rows, Math.min(position, count)));
      assert.deepEqual(checked([historyOf(connectionOf(rows), ...connections)], rows), []);
    }),
  );
});

test('any event that is left out of a connection is a gap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 19 }), (left) => {
      const rows = rowsOf(20);
      assert.deepEqual(kindsOf([historyOf(connectionOf(without(rows, left)))], rows), ['gap']);
    }),
  );
});

test('an acknowledged command without a row is lost, also where another command has its sequence', () => {
  const rows = rowsOf(3);
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows))], without(rows, 3)), ['lost']);
  const taken = rows.map((row) => (row.sequence === 3 ? { ...row, commandId: 'c-other', hash: 'h-other' } : row));
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows))], taken), ['lost']);
});

test('a command stored twice is doubled, whether under its own id or under another', () => {
  const rows = rowsOf(3);
  const again = (commandId: string, content: string): StoredRow =>
    ({ ...rowsOf(4)[3], commandId, content }) as StoredRow;
  for (const row of [again('c-3', 'Do something else'), again('c-other', 'Do c-3')])
    assert.deepEqual(kindsOf([historyOf(connectionOf([...rows, row]))], [...rows, row]), ['doubled']);
});

test('an event that was seen and is not stored is missing', () => {
  const rows = rowsOf(5);
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows))], without(rows, 5)), ['missing']);
});

test('an event that is stored with other bytes, or by another owner, differs', () => {
  const rows = rowsOf(2);
  for (const change of [{ hash: 'other' }, { epoch: 2 }]) {
    const changed = rows.map((row) => (row.sequence === 2 ? { ...row, ...change } : row));
    assert.deepEqual(kindsOf([historyOf(connectionOf(rows))], changed), ['differs']);
  }
});

test('an event that comes twice, or after a later one, is a repeat', () => {
  const rows = rowsOf(4);
  const [one, two, three, four] = rows.map(seenOf) as [SeenEvent, SeenEvent, SeenEvent, SeenEvent];
  const twice = { after: 0, resent: new Set<string>(), events: [one, two, two, three, four] };
  assert.deepEqual(kindsOf([historyOf(twice)], rows), ['repeat']);
  const swapped = { after: 0, resent: new Set<string>(), events: [one, three, two, four] };
  assert.deepEqual(kindsOf([historyOf(swapped)], rows), ['gap', 'repeat']);
});

test('a connection that begins before its position repeats, and one that begins after it has a gap', () => {
  const rows = rowsOf(6);
  const whole = connectionOf(rows);
  assert.deepEqual(kindsOf([historyOf(whole, { ...connectionOf(rows, 3), after: 4 })], rows), ['repeat']);
  assert.deepEqual(kindsOf([historyOf(whole, { ...connectionOf(rows, 3), after: 2 })], rows), ['gap']);
});

test('a command that was sent again may be acknowledged again, and only that one', () => {
  const rows = rowsOf(7);
  const again = (rows[2] as StoredRow) && seenOf(rows[2] as StoredRow);
  const connection = connectionOf(rows, 4, ['c-3']);
  assert.deepEqual(
    kindsOf([historyOf(connectionOf(rows), { ...connection, events: [again, ...connection.events] })], rows),
    [],
  );
  const unasked = { ...connection, resent: new Set(['c-6']), events: [again, ...connection.events] };
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows), unasked)], rows), ['repeat']);
});

test('an acknowledgement that comes early comes at its own place too', () => {
  const rows = rowsOf(6);
  const early = seenOf(rows[5] as StoredRow);
  const connection = connectionOf(rows, 0, ['c-6']);
  assert.deepEqual(kindsOf([historyOf({ ...connection, events: [early, ...connection.events] })], rows), []);
});

test('rows with a gap, and rows of an older epoch after a newer one, are found without a client', () => {
  const rows = rowsOf(5);
  assert.deepEqual(kindsOf([], without(rows, 2)), ['hole']);
  const fenced = rows.map((row) => ({ ...row, epoch: row.sequence === 4 ? 1 : 2 }));
  assert.deepEqual(kindsOf([], fenced), ['epoch']);
});

test('a client that came back and did not get the last event is a violation', () => {
  const rows = rowsOf(5);
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows.slice(0, 4)))], rows), ['unheard']);
});

test('events that are stored after a client has left are no violation', () => {
  const rows = rowsOf(5);
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows.slice(0, 4)))], rows, 4), []);
  assert.deepEqual(kindsOf([historyOf(connectionOf(rows.slice(0, 3)))], rows, 4), ['unheard']);
});

test('a command without an answer is a violation, with its id', () => {
  const rows = rowsOf(2);
  const [violation] = checked([{ ...historyOf(connectionOf(rows)), unanswered: ['c-9'] }], rows);
  assert.deepEqual(violation, { kind: 'unanswered', sessionId, detail: 'ada: command c-9' });
});
