// What a session does for its clients: is_active, frames that are never stored, and when it leaves memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AnswerOptions } from '../models/model.ts';
import { ScriptedModel } from '../models/scripted-model.ts';
import { passLoop, waitUntil } from '../testing/event-loop.ts';
import { answerWith, endless, FakeModel, shell } from '../testing/fake-model.ts';
import { replayWrites } from '../testing/test-ring.ts';
import {
  createSession,
  listTypes,
  restoreSession,
  type TestSession,
  testConfig,
  waitUntilIdle,
} from '../testing/test-session.ts';

const isActiveIn = ({ ring }: TestSession) => replayWrites(ring.committed).isActive;

/** The rows of a session that has done its task, as its last client left them. */
async function restedRows(clients: number) {
  const test = createSession();
  await waitUntilIdle(test);
  test.session.changeClients(clients);
  await waitUntilIdle(test);
  return replayWrites(test.ring.committed);
}

const canPassivate = ({ session, clock }: TestSession) =>
  (session.passivatesAtMs ?? Number.POSITIVE_INFINITY) <= clock.ms;

test('a chat is active while a client is there, and not after the last one left', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  assert.equal(isActiveIn(test), true);
  test.session.changeClients(2);
  test.session.changeClients(0);
  await waitUntilIdle(test);
  assert.equal(isActiveIn(test), false);
  test.session.changeClients(1);
  await waitUntilIdle(test);
  assert.equal(isActiveIn(test), true);
});

test('a chat is active while work goes on, though nobody is there', async () => {
  const test = createSession({ model: new FakeModel(endless, endless) });
  await waitUntil('the turn begins', () => test.session.state === 'working' && listTypes(test).length > 0);
  await passLoop();
  test.session.changeClients(0);
  await passLoop();
  assert.equal(isActiveIn(test), true);
  await test.session.takeCommand({ type: 'interrupt', id: 'i' });
  await waitUntilIdle(test);
  assert.equal(isActiveIn(test), false);
  await test.session.takeCommand({ type: 'message', id: 'm', content: 'Go on' });
  await passLoop();
  assert.equal(isActiveIn(test), true);
});

test('a second client and a third change nothing that is stored', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  const writes = test.ring.writes.length;
  test.session.changeClients(2);
  test.session.changeClients(1);
  await waitUntilIdle(test);
  assert.equal(test.ring.writes.length, writes);
});

test('a client that comes back to a passivated session makes its chat active again', async () => {
  const rows = await restedRows(0);
  assert.equal(rows.isActive, false);
  const test = restoreSession(rows, { clients: 1 });
  await waitUntilIdle(test);
  assert.equal(replayWrites(test.ring.committed, rows).isActive, true);
});

test('a client that leaves a passivated session makes its chat inactive', async () => {
  const rows = await restedRows(1);
  assert.equal(rows.isActive, true);
  const test = restoreSession(rows, { clients: 0 });
  await waitUntilIdle(test);
  assert.equal(replayWrites(test.ring.committed, rows).isActive, false);
});

test('the session goes on when its last client leaves', async () => {
  const test = createSession({ model: new ScriptedModel(0) });
  test.session.changeClients(0);
  await waitUntilIdle(test);
  assert.equal(listTypes(test).at(-1), 'completed');
});

test('clients and viewers get deltas and a new tree past the ring; viewers keep nothing awake, and for nobody nothing is sent', async () => {
  const saying = async (options: AnswerOptions) => {
    options.onDelta({ kind: 'text', text: 'Let me' });
    return answerWith('Let me.', shell('echo x > a'));
  };
  const test = createSession({ model: new FakeModel(saying) });
  await waitUntilIdle(test);
  const shownIn = ({ transient }: TestSession) => transient.filter(({ type }) => type !== 'session_state');
  await waitUntil('the tree is sent', () => shownIn(test).length === 2);
  assert.deepEqual(shownIn(test), [
    { type: 'agent_delta', sessionId: 's-1', text: 'Let me' },
    { type: 'file_tree', sessionId: 's-1', tree: [{ name: 'a', type: 'file', path: '/workspace/a' }] },
  ]);
  const alone = createSession({ model: new FakeModel(saying) });
  alone.session.changeClients(0);
  await waitUntilIdle(alone);
  assert.deepEqual(alone.transient, []);
  const watched = createSession({ model: new FakeModel(saying) });
  watched.session.changeClients(0);
  watched.session.changeViewers(1);
  await waitUntilIdle(watched);
  await waitUntil('the tree is sent', () => shownIn(watched).length === 2);
  assert.equal(isActiveIn(watched), false);
  watched.clock.ms += testConfig.reconnectGraceMs;
  assert.equal(canPassivate(watched), true);
});

test('files are listed and read while the session lives', async () => {
  const { session, ...rest } = createSession();
  await waitUntilIdle({ session, ...rest });
  const file = await session.answerRequest({ ask: 'readFile', path: '/workspace/project/hello.py', part: {} });
  assert.match(file.ok && 'content' in file.value ? file.value.content : '', /Hello from Lucid!/);
  assert.partialDeepStrictEqual(await session.answerRequest({ ask: 'listFiles' }), {
    ok: true,
    value: { tree: [{ name: 'project' }] },
  });
  assert.partialDeepStrictEqual(await session.answerRequest({ ask: 'readFile', path: '/etc/passwd', part: {} }), {
    ok: false,
    failure: { code: 'badPath' },
  });
});

test('a stopped session has no files, and makes no sandbox to say so', async () => {
  let made = 0;
  const makeSandbox = async () => {
    made++;
    return succeeded(new MemorySandbox());
  };
  const { session } = createSession({ makeSandbox });
  await session.takeCommand({ type: 'stop', id: 'stop-1' });
  const refusal = failed('sessionEnded', 'The session has ended.');
  assert.deepEqual(
    [
      await session.answerRequest({ ask: 'listFiles' }),
      await session.answerRequest({ ask: 'readFile', path: 'a', part: {} }),
    ],
    [refusal, refusal],
  );
  assert.equal(made, 1);
});

test('a session that failed has no files, and makes no sandbox later that nobody would give back', async () => {
  let made = 0;
  const makeSandbox = async () => (++made === 1 ? failed('sandboxFailed', 'Away.') : succeeded(new MemorySandbox()));
  const test = createSession({ makeSandbox });
  await waitUntilIdle(test);
  assert.partialDeepStrictEqual(await test.session.answerRequest({ ask: 'listFiles' }), {
    ok: false,
    failure: { code: 'sessionEnded' },
  });
  assert.equal(made, 1);
});

test('a tree that can’t be read is logged by its code, and the turn goes on', async () => {
  class UnreadableSandbox extends MemorySandbox {
    override async list() {
      return failed('sandboxFailed', 'The container is gone.');
    }
  }
  const model = new FakeModel(answerWith('', shell('true')));
  const test = createSession({ model, makeSandbox: async () => succeeded(new UnreadableSandbox()) });
  await waitUntilIdle(test);
  await waitUntil('it is logged', () => test.logs.length === 1);
  assert.deepEqual(test.logs, [
    { level: 'warn', event: 'fileTree.failed', fields: { sessionId: 's-1', code: 'sandboxFailed' } },
  ]);
  assert.equal(listTypes(test).at(-1), 'completed');
});

const { hibernateAfterMs, reconnectGraceMs } = testConfig;

test('a session that answers a request about its workspace is not passivated meanwhile', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  class SlowSandbox extends MemorySandbox {
    override async listAll() {
      await held;
      return super.listAll();
    }
  }
  const test = createSession({ makeSandbox: async () => succeeded(new SlowSandbox()) });
  await waitUntilIdle(test);
  const answer = test.session.answerRequest({ ask: 'listAll' });
  test.clock.ms += hibernateAfterMs;
  assert.equal(canPassivate(test), false);
  release();
  assert.equal((await answer).ok, true);
  assert.equal(canPassivate(test), true);
});

test('an idle session with clients is passivated after HIBERNATE_AFTER, one without after RECONNECT_GRACE', async () => {
  for (const [clients, graceMs] of [
    [1, hibernateAfterMs],
    [0, reconnectGraceMs],
  ] as const) {
    const test = createSession();
    test.session.changeClients(clients);
    await waitUntilIdle(test);
    assert.equal(canPassivate(test), false);
    test.clock.ms += graceMs - 1;
    assert.equal(canPassivate(test), false);
    test.clock.ms += 1;
    assert.equal(canPassivate(test), true);
  }
});

test('a client that comes or goes starts the wait anew', async () => {
  const test = createSession();
  await waitUntilIdle(test);
  test.clock.ms += hibernateAfterMs;
  test.session.changeClients(0);
  await waitUntilIdle(test);
  test.clock.ms += reconnectGraceMs - 1;
  assert.equal(canPassivate(test), false);
  test.clock.ms += 1;
  assert.equal(canPassivate(test), true);
});

test('the wait begins when a turn ends, however long it took', async () => {
  const model = new FakeModel(async () => {
    test.clock.ms += 10 * reconnectGraceMs;
    return answerWith('Done.');
  });
  const test = createSession({ model });
  await waitUntilIdle(test);
  assert.equal(canPassivate(test), false);
});

test('a session is never passivated while it works or while something of it is not stored', async () => {
  const model = new FakeModel(endless);
  const working = createSession({ model });
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  working.clock.ms += 10 * reconnectGraceMs;
  assert.equal(canPassivate(working), false);

  const behind = createSession({ isUp: false, clients: 0, begins: false });
  behind.clock.ms += reconnectGraceMs;
  assert.equal(canPassivate(behind), false);
  await passLoop();
  assert.equal(canPassivate(behind), false);
  behind.ring.commitWrites();
  assert.equal(canPassivate(behind), true);
});

test('a passivated session gives its sandbox back and records nothing', async () => {
  const sandbox = new MemorySandbox();
  const test = createSession({ makeSandbox: async () => succeeded(sandbox) });
  await waitUntilIdle(test);
  const told = listTypes(test).length;
  await test.session.passivate();
  assert.deepEqual([test.session.state, listTypes(test).length], ['passivated', told]);
  assert.deepEqual([...sandbox.listEntries()], []);
});

test('the sandbox of a passivated session is given back after the command in it has ended', async () => {
  const order: string[] = [];
  class SlowSandbox extends MemorySandbox {
    override run(_: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
      order.push('runs');
      return new Promise((resolve) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            order.push('ended');
            resolve(succeeded({ kind: 'cancelled', output: '' }));
          }),
        );
      });
    }

    override async close(): Promise<void> {
      order.push('given back');
    }
  }
  const model = new FakeModel(answerWith('', shell('sleep 1000')));
  const test = createSession({ model, makeSandbox: async () => succeeded(new SlowSandbox()) });
  await waitUntil('the command runs', () => order.length === 1);
  await test.session.passivate();
  assert.deepEqual(order, ['runs', 'ended', 'given back']);
});

test('a session that is passivated in the middle of a turn does not say that it completed, and goes on later', async () => {
  const model = new FakeModel(answerWith('', shell('echo x > a')), endless);
  const test = createSession({ model });
  await waitUntil('the second step is asked for', () => model.contextsAsked.length === 2);
  await test.session.passivate();
  await waitUntil('all is committed', () => test.ring.writeBuffer.uncommittedCount === 0);
  assert.equal(listTypes(test).at(-1), 'CmdOutputObservation');
  const again = restoreSession(replayWrites(test.ring.committed), { model: new FakeModel() });
  await waitUntilIdle(again);
  assert.deepEqual(listTypes(again), ['AgentFinishAction', 'completed']);
});
