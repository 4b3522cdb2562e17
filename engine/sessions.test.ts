// What is refused before anything of a session is begun says when to try again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../schema/limits.ts';
import { noSecrets } from '../schema/session.ts';
import { Directory } from './directory.ts';
import { Returns } from './returns.ts';
import { Sessions, type SessionsParts } from './sessions.ts';
import { askedSession } from './testing/asked-session.ts';

const stored = {
  chatId: 'c',
  state: 'live',
  task: 'Build it',
  createdAtMs: 0,
  requestDigest: null,
  livingRunId: null,
} as const;

const never = () => assert.fail('It went on.');

/** Sessions over a full directory: whatever gets past the refusal fails the test. */
function sessionsOver(directory: Directory, isStorageAway = false, link: SessionsParts['link'] = never): Sessions {
  return new Sessions({
    directory,
    history: {
      ensureUser: async () => true,
      session: async (sessionId: string) => ({ ...stored, sessionId, userId: 'ada' }),
    } as never,
    secrets: { seal: never } as never,
    keys: { refusalOf: async () => undefined },
    rules: { allowedHosts: new Set(), keys: [] },
    returns: new Returns({ graceMs: 0, now: Date.now }),
    link,
    working: () => new Set(),
    runId: () => 'run',
    isStorageAway: () => isStorageAway,
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

const tooMany = { ok: false, failure: { code: 'tooManySessions', retryAfterMs: 5_000 } } as const;

test('a user with as many live sessions as allowed can make none, nor bring one back, and hears when to try again', async () => {
  const directory = new Directory(1);
  fill(directory, limits.sessionsPerUserMax, () => 'ada');
  const sessions = sessionsOver(directory);
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), tooMany);
  assert.partialDeepStrictEqual(await sessions.find({ userId: 'ada' }, 'resting'), tooMany);
  assert.equal(directory.size, limits.sessionsPerUserMax);
});

test('with as many sessions as the engine holds nobody can make one, and everybody hears when to try again', async () => {
  const directory = new Directory(1);
  fill(directory, limits.sessionsMax, (n) => `user-${n}`);
  assert.partialDeepStrictEqual(await sessionsOver(directory).create({ userId: 'bob' }, askedSession), tooMany);
});

test('while storage is away, or the engine goes, nothing is made, and everybody hears when to try again', async () => {
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

test('while a host has all that it can take, its sessions are refused commands, and a stop goes through', async () => {
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
  assert.partialDeepStrictEqual(await sessions.command(entry, message), overloaded);
  assert.partialDeepStrictEqual(await sessions.create({ userId: 'ada' }, askedSession), overloaded);
  assert.equal(directory.size, 1);
  assert.equal((await sessions.stop(entry)).ok, true);
  assert.deepEqual(asked, ['stop']);
});
