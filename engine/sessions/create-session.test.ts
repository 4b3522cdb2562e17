// Sessions that other engines are asked to make: made once, where there is room, and with their files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../actors/kept-files.ts';
import { failed, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { noSecrets } from '../../schema/session.ts';
import type { Reply } from '../../schema/thread.ts';
import { readConfig } from '../config.ts';
import { askedSession } from '../testing/asked-session.ts';
import { type CreateDependencies, createPlaced, createSession } from './create-session.ts';
import { Directory } from './directory.ts';
import { newSessionRulesOf } from './new-session-rules.ts';
import type { Place } from './placing.ts';

const never = () => assert.fail('It went on.');
const ada = { userId: 'ada' };
const codeOf = (outcome: Outcome<unknown>) => (outcome.ok ? '' : outcome.failure.code);

/** @param other what the only other engine answers; this one is its second choice */
function createBeside(other: Outcome<Reply>, directory = new Directory(1), afterwards: Place = { kind: 'here' }) {
  const [made, dropped] = [[] as string[], [] as string[]];
  const host = {
    isFull: false,
    tell: never,
    ask: async ({ kind }: { kind: string }) => {
      made.push(kind);
      return succeeded({ kind: 'created' } as const);
    },
  };
  const dependencies: CreateDependencies = {
    directory,
    history: { findSession: async () => null },
    writes: {
      ensureUser: async () => true,
      keepFile: async () => true,
      dropFiles: async (sessionId) => void dropped.push(sessionId),
    },
    secrets: { sealForRow: async () => null },
    keys: { findFailure: async () => undefined },
    rules: newSessionRulesOf(readConfig({})),
    hosts: { getLink: () => host },
    placing: {
      choose: async (refused): Promise<Place> => (refused.has('b') ? afterwards : { kind: 'elsewhere', bootId: 'b' }),
      createAt: async () => other,
    },
    now: () => 0,
  };
  const bytes = Buffer.from('some text');
  const files = [{ attachment: { path: 'notes.txt', size: bytes.length, digest: digestOf(bytes) }, bytes }];
  const creating = createSession(dependencies, ada, { ...askedSession, files });
  return { creating, directory, made, dropped };
}

test('a session that the freer engine refuses after all is made by the one that was asked', async () => {
  const { creating, directory, made, dropped } = createBeside(goingAway);
  const created = await creating;
  assert.ok(created.ok, JSON.stringify(created));
  assert.equal(directory.get(created.value.sessionId), created.value);
  assert.deepEqual([made, dropped], [['create'], []]);
});

test('a session whose last fitting engine has gone meanwhile is refused for its labels, and not for too much work', async () => {
  const { creating, dropped } = createBeside(goingAway, new Directory(1), { kind: 'nowhere', reached: [] });
  assert.deepEqual([codeOf(await creating), dropped.length], ['noFittingEngine', 1]);
});

test('files of a session stay where its engine may still make it, and go where it is refused', async () => {
  const late = createBeside(failed('noAnswer', 'It did not answer in time.'));
  assert.equal((await late.creating).ok, false);
  assert.deepEqual([late.made, late.dropped], [[], []]);
  const refused = createBeside(failed('storageUnavailable', 'It cannot store.'));
  assert.equal((await refused.creating).ok, false);
  assert.equal(refused.dropped.length, 1);
});

test('a session that an engine has no room for is made at another, and counts for its user all the same', async () => {
  const directory = new Directory(1, 1);
  for (let n = 0; n < limits.sessionsMax; n++)
    directory.add(
      { sessionId: `s-${n}`, chatId: `c-${n}`, userId: `u-${n}` },
      { task: '', createdAtMs: n, secrets: noSecrets },
    );
  assert.equal((await createBeside(succeeded({ kind: 'created' }), directory).creating).ok, true);
  directory.shareCounts({ countElsewhere: () => 1, onChanged: () => undefined });
  const more = await createBeside(succeeded({ kind: 'created' }), directory).creating;
  assert.equal(more.ok || more.failure.code, 'tooManySessions');
});

test('of sessions that are begun at once a user gets no more than they may have, and the files of the others go', async () => {
  const directory = new Directory(1, 1);
  const begun = Array.from({ length: 3 }, () => createBeside(goingAway, directory));
  const codes = await Promise.all(begun.map(async ({ creating }) => codeOf(await creating)));
  assert.deepEqual(codes, ['', 'tooManySessions', 'tooManySessions']);
  assert.deepEqual(
    begun.map(({ dropped }) => dropped.length),
    [0, 1, 1],
  );
});

test('an engine makes no session for a user who has as many as they may, which the asked engine has not heard yet', async () => {
  const directory = new Directory(1, 1);
  const link = { isFull: false, tell: never, ask: async () => succeeded({ kind: 'created' } as const) };
  const dependencies = {
    directory,
    hosts: { getLink: () => link, getWorking: never },
    history: { findSession: never },
    now: () => 0,
  };
  const placed = { ...askedSession, chatId: 'c', userId: 'ada', sealedSecrets: null, commandId: 'm', clients: 0 };
  const make = (sessionId: string) => createPlaced(dependencies, { sessionId, chatId: 'c', userId: 'ada' }, placed);
  assert.deepEqual([codeOf(await make('s-1')), codeOf(await make('s-2'))], ['', 'tooManySessions']);
  const refused = createBeside(failed('tooManySessions', 'Too many.'));
  assert.equal(codeOf(await refused.creating), 'tooManySessions');
  assert.deepEqual([refused.made, refused.dropped.length], [[], 1]);
});

test('a session is nobody else’s before it is stored, and has no clients where its host makes it after its client was refused', async () => {
  for (const answer of [succeeded({ kind: 'created' } as const), failed('noAnswer', 'It takes too long.')]) {
    const directory = new Directory(1);
    const told: unknown[] = [];
    const link = {
      isFull: false,
      tell: (message: object) => told.push(message),
      ask: async () => {
        assert.deepEqual([directory.size, directory.listOwn()], [1, []]);
        return answer;
      },
    };
    const dependencies = {
      directory,
      hosts: { getLink: () => link },
      history: { findSession: async () => null },
      now: () => 0,
    };
    const placed = { ...askedSession, chatId: 'c', userId: 'ada', sealedSecrets: null, commandId: 'm', clients: 1 };
    const reply = await createPlaced(dependencies, { sessionId: 's', chatId: 'c', userId: 'ada' }, placed);
    assert.equal(reply.ok, answer.ok);
    assert.equal(directory.listOwn().length, answer.ok ? 1 : 0);
    assert.deepEqual(told, answer.ok ? [] : [{ kind: 'clients', sessionId: 's', clients: 0, viewers: 0 }]);
  }
});
