// A client that sends the same first message again gets the session that was left last with it, within RECONNECT_GRACE.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LeftSessions, type TaskIdentity, taskKeyOf } from './left-sessions.ts';

const graceMs = 1_000;

function makeReturns(more: { graceMs?: number; sessionsMax?: number } = {}) {
  const clock = { ms: 0 };
  return { clock, returns: new LeftSessions({ graceMs, now: () => clock.ms, ...more }) };
}

test('a session is found until the time is over, a client came back, or another session was left later', () => {
  const { clock, returns } = makeReturns();
  assert.equal(returns.findByTask('a'), undefined);
  returns.remember('s-1', 'a');
  clock.ms = 500;
  returns.remember('s-2', 'a');
  returns.remember('s-3', 'b');
  assert.deepEqual([returns.findByTask('a'), returns.findByTask('b')], ['s-2', 's-3']);
  returns.forget('s-2');
  assert.equal(returns.findByTask('a'), 's-1');
  clock.ms = 1_000;
  assert.deepEqual([returns.findByTask('a'), returns.findByTask('b')], [undefined, 's-3']);
});

test('no session is found where the time is 0, and no more sessions are remembered than the limit', () => {
  const never = makeReturns({ graceMs: 0 }).returns;
  never.remember('s-1', 'a');
  assert.deepEqual([never.findByTask('a'), never.size], [undefined, 0]);
  const { returns } = makeReturns({ sessionsMax: 2 });
  for (const session of ['s-1', 's-2', 's-3']) returns.remember(session, session);
  assert.deepEqual([returns.size, returns.findByTask('s-1'), returns.findByTask('s-3')], [2, undefined, 's-3']);
});

test('any sequence of leaving, coming back and waiting finds the same session as a plain list', async () => {
  const session = fc.integer({ min: 0, max: 5 }).map((n) => `s-${n}`);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('left'), session, key: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constant('came'), session }),
    fc.record({ kind: fc.constant('wait'), ms: fc.integer({ min: 0, max: 700 }) }),
  );
  await fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, returns } = makeReturns();
      let list: { session: string; key: string; sinceMs: number }[] = [];
      for (const taken of steps) {
        if ('ms' in taken) clock.ms += taken.ms;
        else list = list.filter(({ session }) => session !== taken.session);
        if ('key' in taken) {
          returns.remember(taken.session, taken.key);
          list.push({ session: taken.session, key: taken.key, sinceMs: clock.ms });
        } else if ('session' in taken) returns.forget(taken.session);
        for (const key of ['a', 'b']) {
          const due = list.filter((one) => one.key === key && clock.ms - one.sinceMs < graceMs);
          assert.equal(returns.findByTask(key), due.at(-1)?.session);
        }
      }
    }),
  );
});

test('another user, project, task, repository or branch gives another key', () => {
  const asked: TaskIdentity = { task: 't', projectId: null, repoUrl: null, branch: null };
  const keys = [
    taskKeyOf('ada', asked),
    taskKeyOf('bob', asked),
    ...(['task', 'projectId', 'repoUrl', 'branch'] as const).map((field) =>
      taskKeyOf('ada', { ...asked, [field]: 'x' }),
    ),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(taskKeyOf('ada', { ...asked }), keys[0]);
});
