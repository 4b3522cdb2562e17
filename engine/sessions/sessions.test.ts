// Refusals before a session begins say when to try again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { noSecrets } from '../../schema/session.ts';
import { readConfig } from '../config.ts';
import { askedSession } from '../testing/asked-session.ts';
import { Directory } from './directory.ts';
import { LeftSessions } from './left-sessions.ts';
import { newSessionRulesOf } from './new-session-rules.ts';
import { Sessions, type SessionsDependencies } from './sessions.ts';

const stored = {
  chatId: 'c',
  state: 'live',
  task: 'Build it',
  createdAtMs: 0,
  requestDigest: null,
  forkedThrough: null,
  livingRunId: null,
  bootId: null,
  node: null,
} as const;

const never = () => assert.fail('It went on.');

/** Sessions over this directory; any other dependency that is used fails the test. */
function sessionsOver(
  directory: Directory,
  isDatabaseAway = false,
  getLink: SessionsDependencies['hosts']['getLink'] = never,
  secrets: object = { sealForRow: never },
): Sessions {
  return new Sessions({
    directory,
    history: {
      findSession: async (sessionId: string) => ({ ...stored, sessionId, userId: 'ada' }),
      isLeftBehind: never,
      listLatestEvents: never,
    },
    writes: { ensureUser: async () => true, keepFile: never, dropFiles: never },
    secrets: secrets as never,
    keys: { findFailure: async () => undefined },
    rules: newSessionRulesOf(readConfig({})),
    leftSessions: new LeftSessions({ graceMs: 0, now: Date.now }),
    hosts: { getLink },
    run: { id: 'run', mayAnotherBeSilent: false, waitForTakeOver: async () => {} },
    databaseState: { isAway: isDatabaseAway },
    now: Date.now,
  });
}

function fill(directory: Directory, count: number, userOf: (n: number) => string): void {
  for (let n = directory.size; n < count; n++)
    directory.add(
      { sessionId: `s-${n}`, chatId: `c-${n}`, userId: userOf(n) },
      { task: 'Build it', createdAtMs: n, secrets: noSecrets },
    );
}

async function findPresent(sessions: Sessions, sessionId: string) {
  const present = await sessions.findPresent({ userId: 'ada' }, sessionId);
  assert.ok(present.ok);
  return present;
}

const tooMany = { ok: false, failure: { code: 'tooManySessions', retryAfterMs: 5_000 } } as const;

test('a user with as many live sessions as allowed can neither create nor activate one, and is told when to try again', async () => {
  const directory = new Directory(1);
  fill(directory, limits.sessionsPerUserMax, () => 'ada');
  const sessions = sessionsOver(directory);
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), tooMany);
  const { value: passivated } = await findPresent(sessions, 's-passivated');
  assert.partialDeepStrictEqual(sessions.ensureEntry(passivated), tooMany);
  assert.equal(directory.size, limits.sessionsPerUserMax);
  assert.equal(sessions.ensureEntry(passivated, true).ok, true, 'a stop goes through');
});

test('while the engine holds as many sessions as it can, every user is refused and told when to try again', async () => {
  const directory = new Directory(1);
  fill(directory, limits.sessionsMax, (n) => `user-${n}`);
  assert.partialDeepStrictEqual(await sessionsOver(directory).create({ userId: 'bob' }, askedSession), tooMany);
});

test('while the database is away, or the engine drains, sessions are refused with a time to try again', async () => {
  const sessions = sessionsOver(new Directory(1), true);
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), {
    ok: false,
    failure: { code: 'storageUnavailable', retryAfterMs: 2_000 },
  });
  sessions.isDraining = true;
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), {
    ok: false,
    failure: { code: 'draining', retryAfterMs: 1_000 },
  });
});

test('while a host is full, its sessions refuse commands, and a stop goes through', async () => {
  const directory = new Directory(1);
  fill(directory, 1, () => 'ada');
  const asked: string[] = [];
  const link = {
    isFull: true,
    ask: async (request: { command: { type: string } }) => {
      asked.push(request.command.type);
      return { ok: true, value: { kind: 'done', sequence: 1 } };
    },
  };
  const sessions = sessionsOver(directory, false, () => link as never);
  const entry = directory.get('s-0');
  assert.ok(entry);
  const overloaded = { ok: false, failure: { code: 'overloaded', retryAfterMs: 1_000 } };
  const message = { type: 'message', id: 'm', content: 'Go on' } as const;
  assert.partialDeepStrictEqual(await sessions.sendCommand(entry, message), overloaded);
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), overloaded);
  assert.equal(directory.size, 1);
  const passivated = await findPresent(sessions, 's-passivated');
  assert.partialDeepStrictEqual(sessions.ensureEntry(passivated.value), overloaded);
  assert.equal(directory.size, 1);
  assert.equal((await sessions.stop({ kind: 'live', entry })).ok, true);
  assert.deepEqual(asked, ['stop']);
});

test('a passivated session is found without being activated, and is entered once only', async () => {
  const directory = new Directory(1);
  const sessions = sessionsOver(directory, false, () => ({ isFull: false }) as never);
  const { value: passivated } = await findPresent(sessions, 's-passivated');
  const { value: again } = await findPresent(sessions, 's-passivated');
  assert.deepEqual([passivated.kind, again.kind, directory.size], ['passivated', 'passivated', 0]);
  const entries = [passivated, again].map((present) => sessions.ensureEntry(present));
  assert.deepEqual(entries[0], entries[1]);
  assert.deepEqual([(await findPresent(sessions, 's-passivated')).value.kind, directory.size], ['live', 1]);
});

test('a session that was passivated since it was found is entered again', async () => {
  const directory = new Directory(1);
  fill(directory, 1, () => 'ada');
  const sessions = sessionsOver(directory, false, () => ({ isFull: false }) as never);
  const { value: live } = await findPresent(sessions, 's-0');
  assert.ok(live.kind === 'live');
  directory.remove(live.entry);
  const entered = sessions.ensureEntry(live);
  assert.ok(entered.ok);
  assert.equal(directory.get('s-0'), entered.value);
});

test('a session whose key can’t be stored is not entered, whether it is created or attached to', async () => {
  const directory = new Directory(1);
  const link = { isFull: false } as never;
  const broken = async () => Promise.reject(new Error('No.'));
  const sessions = sessionsOver(directory, false, () => link, { sealForRow: broken, replaceSecrets: broken });
  await assert.rejects(sessions.create({ userId: 'ada' }, askedSession));
  const { value: passivated } = await findPresent(sessions, 's-passivated');
  await assert.rejects(sessions.attach(passivated, { apiKey: 'sk-1', gitToken: null }, {} as never));
  assert.equal(directory.size, 0);
});
