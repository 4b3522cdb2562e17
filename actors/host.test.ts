// A host between real ports: sessions are created, activated, let go and drained, and every request gets one reply.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { MemorySandbox } from '../sandbox/memory/memory-sandbox.ts';
import type { SandboxSource } from '../sandbox/sandbox-source.ts';
import { failed, succeeded } from '../schema/error.ts';
import { limits } from '../schema/limits.ts';
import type { Command } from '../schema/thread.ts';
import type { WorkspaceRequest } from '../schema/workspace-request.ts';
import { mailboxCommandsMax } from './mailbox.ts';
import { isSettled, passLoops, waitUntil } from './testing/event-loop.ts';
import { endless, FakeModel } from './testing/fake-model.ts';
import { TestHostRing } from './testing/test-host.ts';
import { testConfig } from './testing/test-session.ts';
import { bufferedWritesMax } from './write-buffer.ts';

let ring: TestHostRing;

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  ring = new TestHostRing();
});

afterEach(() => {
  ring?.close();
  mock.timers.reset();
});

const messageOf = (id: string): Command => ({ type: 'message', id, content: 'More' });

const waitForCompletions = (name: string, times = 1) => ring.waitForCompletions(name, times);
const sweepHost = () => ring.sweep();
const passivateByRest = (name: string) => ring.passivateByRest(name);

/** A source whose sandboxes are given back as late as the test says. */
function createSlowSource(released: Promise<void>): SandboxSource {
  const open = async () => {
    const sandbox = new MemorySandbox();
    sandbox.release = () => released;
    return succeeded({ sandbox, isFresh: true });
  };
  return { open, remove: async () => undefined, close: async () => undefined };
}

function replaceRing(source: SandboxSource): void {
  ring.close();
  ring = new TestHostRing({ source });
}

test('a session is created once it is stored, and then works on its task', async () => {
  assert.deepEqual(await ring.createSession('1'), succeeded({ kind: 'created' }));
  assert.equal(ring.database.rows.get('s-1')?.record.userId, 'ada');
  await waitForCompletions('1');
});

test('a session that can’t be stored is refused, and its host forgets it', async () => {
  ring.database.isUp = false;
  const created = ring.createSession('1', { clients: 0 });
  await passLoops(20);
  ring.database.sendRefused('s-1', 0);
  assert.partialDeepStrictEqual(await created, { ok: false, failure: { code: 'refusedByStorage' } });
  await passLoops(20);
  assert.deepEqual(ring.passivated, ['s-1']);
});

test('a session that is being made is not made twice, and its first attempt goes on', async () => {
  ring.database.isUp = false;
  const first = ring.createSession('1');
  assert.partialDeepStrictEqual(await ring.createSession('1'), {
    ok: false,
    failure: { code: 'noAnswer', retryAfterMs: 1_000 },
  });
  assert.equal(await isSettled(first), false);
  ring.database.isUp = true;
  ring.database.commitWaiting();
  assert.ok((await first).ok);
  await waitForCompletions('1');
});

test('a command is answered with its place once it is stored', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  assert.deepEqual(await ring.sendCommand('1', messageOf('m-1')), succeeded({ kind: 'done', sequence: 13 }));
  await waitForCompletions('1', 2);
});

test('a command to a session that isn’t in memory brings it back', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  await passivateByRest('1');
  assert.ok((await ring.sendCommand('1', messageOf('m-1'))).ok);
  await waitForCompletions('1', 2);
  assert.equal(ring.database.rows.get('s-1')?.record.epoch, 2);
});

test('a session whose caller gave a key is brought back once the main thread has told it', async () => {
  await ring.createSession('1', { settings: { hasOwnKey: true } });
  await waitForCompletions('1');
  await passivateByRest('1');
  const command = ring.sendCommand('1', messageOf('m-1'));
  await waitUntil('the key is asked for', () => ring.received.some(({ kind }) => kind === 'secretsWanted'));
  assert.equal(await isSettled(command), false);
  ring.send({ kind: 'secrets', sessionId: 's-1', secrets: { apiKey: 'sk-1', gitToken: null } });
  assert.ok((await command).ok);
  await waitForCompletions('1', 2);
});

test('commands wait in order while a session is brought back, as many as the mailbox holds', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  await passivateByRest('1');
  ring.database.activates = false;
  const ids = Array.from({ length: mailboxCommandsMax + 1 }, (_, at) => `m-${at}`);
  const replies = ids.map((id) => ring.sendCommand('1', messageOf(id)));
  assert.deepEqual(
    await replies.at(-1),
    failed('overloaded', 'Too many commands wait for this session.', { retryAfterMs: 1_000 }),
  );
  assert.equal(await isSettled(Promise.race(replies.slice(0, -1))), false);
  ring.database.activates = true;
  ring.database.commitWaiting();
  assert.ok((await Promise.all(replies.slice(0, -1))).every((reply) => reply.ok));
  const stored = ring.database.rows.get('s-1')?.events.flatMap((event) => event.commandId ?? []);
  assert.deepEqual(stored, ['task-1', ...ids.slice(0, -1)]);
});

test('new sessions and commands are refused while too much waits to be stored, and taken again afterwards', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.database.isUp = false;
  const flood = Array.from({ length: bufferedWritesMax }, (_, at) => ({
    kind: 'command' as const,
    replyTo: 1_000 + at,
    sessionId: 's-1',
    clients: 1,
    viewers: 0,
    command: { type: 'interrupt', id: `i-${at}` } as const,
  }));
  const acknowledged = ring.sendCommand('1', messageOf('m-0'));
  ring.send(...flood);
  for (const refused of [ring.sendCommand('1', messageOf('m-1')), ring.createSession('2')]) {
    const reply = await refused;
    assert.partialDeepStrictEqual(reply, { ok: false, failure: { code: 'overloaded', retryAfterMs: 1_000 } });
  }
  const left = () => ring.received.filter(({ kind }) => kind === 'passivated');
  assert.deepEqual(left(), [], 'who is here stays in the directory');
  assert.equal((await ring.sendCommand('away', messageOf('m-1'))).ok, false);
  assert.deepEqual(left(), [{ kind: 'passivated', sessionId: 's-away' }], 'who is not leaves it');
  assert.equal(await isSettled(acknowledged), false);
  ring.database.isUp = true;
  ring.database.commitWaiting();
  assert.ok((await acknowledged).ok, 'what was taken before is stored');
  assert.ok((await ring.sendCommand('1', messageOf('m-1'))).ok);
  assert.ok((await ring.createSession('2')).ok);
});

test('a command to a session that doesn’t exist, or has ended, says so', async () => {
  const missing = await ring.sendCommand('9', messageOf('m-1'));
  assert.partialDeepStrictEqual(missing, { ok: false, failure: { code: 'noSuchSession' } });
  await ring.createSession('1');
  assert.ok((await ring.sendCommand('1', { type: 'stop', id: 'stop-1' })).ok);
  await sweepHost();
  const ended = await ring.sendCommand('1', messageOf('m-1'));
  assert.partialDeepStrictEqual(ended, { ok: false, failure: { code: 'sessionEnded' } });
});

test('a session that another engine claimed is let go, and a command for it says that it moved', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.database.claimSession('s-1');
  const reply = await ring.sendCommand('1', messageOf('m-1'));
  assert.partialDeepStrictEqual(reply, { ok: false, failure: { code: 'noAnswer' } });
  await waitUntil('the main thread hears', () => ring.lost.length === 1);
  assert.deepEqual(ring.lost, [['s-1', 'elsewhere']]);
  assert.ok(ring.received.some((message) => message.kind === 'log' && message.entry.event === 'session.fenced'));
  assert.ok((await ring.sendCommand('1', messageOf('m-1'))).ok, 'the next command claims it back');
  await waitForCompletions('1', 2);
});

test('writes that were on their way when a session was let go don’t fence its next owner here', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.database.claimSession('s-1');
  const replies = await Promise.all([1, 2, 3].map((at) => ring.sendCommand('1', messageOf(`a-${at}`))));
  assert.ok(replies.every((reply) => !reply.ok));
  const again = await Promise.all([1, 2, 3].map((at) => ring.sendCommand('1', messageOf(`b-${at}`))));
  assert.ok(again.every((reply) => reply.ok));
  await waitForCompletions('1', 2);
  assert.deepEqual(ring.lost, [['s-1', 'elsewhere']]);
});

test('a session is claimed behind what was recorded for it in the same moment', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  await passLoops(20);
  const before = ring.database.received.length;
  const address = { sessionId: 's-1', clients: 1, viewers: 0 };
  ring.send(
    { kind: 'command', replyTo: 100, ...address, command: { type: 'interrupt', id: 'i-1' } },
    { kind: 'clients', sessionId: 's-2', clients: 1, viewers: 0 },
  );
  await waitUntil('both arrive', () => ring.database.received.length === before + 2);
  assert.deepEqual(ring.database.received.slice(before), ['writes', 'activate']);
});

test('a session that is wanted again while it is being passivated comes back once its sandbox is given back, not before', async () => {
  const released = Promise.withResolvers<void>();
  replaceRing(createSlowSource(released.promise));
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.clock.ms += testConfig.reconnectGraceMs;
  await sweepHost();
  const taken = ring.sendCommand('1', messageOf('m-1'));
  await passLoops(20);
  assert.ok(!ring.database.received.includes('activate'));
  released.resolve();
  assert.ok((await taken).ok);
  assert.deepEqual(ring.passivated, [], 'it is here again, so nobody else may have it');
});

test('the main thread is told that a session is passivated once its sandbox is given back, not before', async () => {
  const released = Promise.withResolvers<void>();
  replaceRing(createSlowSource(released.promise));
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.clock.ms += testConfig.reconnectGraceMs;
  await sweepHost();
  assert.deepEqual(ring.passivated, []);
  released.resolve();
  await waitUntil('the main thread hears', () => ring.passivated.includes('s-1'));
});

test('the sessions at work are shown to the main thread, and idle ones are not', async () => {
  ring.close();
  ring = new TestHostRing({ model: new FakeModel(endless) });
  await ring.createSession('1');
  await waitUntil(
    'the turn runs',
    () => ring.listTypes('1').includes('ready') || ring.listTypes('1').includes('mock_mode'),
  );
  assert.deepEqual([...ring.hostStatus.workingSessions], ['s-1']);
  await ring.sendCommand('1', { type: 'interrupt', id: 'i-1' });
  await waitForCompletions('1');
  await sweepHost();
  assert.deepEqual([...ring.hostStatus.workingSessions], []);
  ring.sendClients('1', 2);
  await passLoops(20);
  assert.deepEqual([...ring.hostStatus.workingSessions], []);
});

test('a session that is given up gets its last event, and is not made an actor of again', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  await passivateByRest('1');
  const { failure } = failed('sessionCrashes', 'It crashes.');
  ring.send({ kind: 'giveUp', sessionId: 's-1', failure });
  const asked = ring.sendCommand('1', messageOf('m-1'));
  assert.deepEqual(await asked, { ok: false, failure });
  await waitUntil('it is recorded', () => ring.listTypes('1').at(-1) === 'SessionError');
  assert.equal(ring.database.rows.get('s-1')?.record.state, 'failed');
});

test('a session at work at four deaths of its engine in a row is ended, and one at three goes on', async () => {
  for (const name of ['1', '2']) {
    await ring.createSession(name);
    await waitForCompletions(name);
  }
  ring.clock.ms += testConfig.reconnectGraceMs;
  await sweepHost();
  ring.database.crashes = limits.reactivationsMax;
  assert.ok((await ring.sendCommand('1', messageOf('m-1'))).ok);
  ring.database.crashes = limits.reactivationsMax + 1;
  assert.partialDeepStrictEqual(await ring.sendCommand('2', messageOf('m-1')), {
    ok: false,
    failure: { code: 'sessionCrashes' },
  });
  await waitUntil('it is recorded', () => ring.listTypes('2').at(-1) === 'SessionError');
  assert.equal(ring.database.rows.get('s-2')?.record.state, 'failed');
});

test('the main thread is told of a session that could not be brought back, so that it can forget it', async () => {
  await ring.sendCommand('9', messageOf('m-1'));
  await waitUntil('the main thread hears', () => ring.lost.length === 1);
  assert.deepEqual(ring.lost, [['s-9', 'noSuchSession']]);
});

test('a session whose chat was deleted ends: commands that wait are refused, and the main thread is told why', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.database.rows.delete('s-1');
  const reply = await ring.sendCommand('1', messageOf('m-1'));
  assert.partialDeepStrictEqual(reply, { ok: false, failure: { code: 'noSuchSession' } });
  await waitUntil('the main thread hears', () => ring.lost.length === 1);
  assert.deepEqual([ring.lost, ring.passivated], [[['s-1', 'noSuchSession']], []]);
  assert.partialDeepStrictEqual(await ring.sendCommand('1', messageOf('m-2')), {
    ok: false,
    failure: { code: 'noSuchSession' },
  });
});

test('a session of which an event could not be stored in any way ends, rather than going on with a gap', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.database.isUp = false;
  const waiting = ring.sendCommand('1', messageOf('m-1'));
  await passLoops(20);
  ring.database.sendRefused('s-1', 1_000);
  assert.partialDeepStrictEqual(await waiting, { ok: false, failure: { code: 'internal' } });
  await waitUntil('the main thread hears', () => ring.lost.length === 1);
  assert.deepEqual(ring.lost, [['s-1', 'internal']]);
});

test('files are listed and read through the session’s own sandbox', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  const address = { sessionId: 's-1', clients: 1, viewers: 0, mayWake: true };
  const read: WorkspaceRequest = { ask: 'readFile', path: '/workspace/project/hello.py', part: {} };
  const file = await ring.request({ kind: 'workspace', ...address, request: read });
  assert.ok(file.ok && file.value.kind === 'workspace' && 'content' in file.value.answer);
  assert.match(file.value.answer.content, /Hello from Lucid!/);
  await passivateByRest('1');
  const tree = await ring.request({ kind: 'workspace', ...address, request: { ask: 'listFiles' } });
  assert.ok(tree.ok && tree.value.kind === 'workspace' && 'tree' in tree.value.answer);
  assert.equal(tree.value.answer.tree[0]?.name, 'project');
});

test('an idle session is passivated when its time has come, and not before', async () => {
  await ring.createSession('1');
  await waitForCompletions('1');
  ring.clock.ms += testConfig.hibernateAfterMs - 1;
  await sweepHost();
  assert.deepEqual(ring.passivated, []);
  ring.clock.ms += 1;
  await sweepHost();
  assert.deepEqual(ring.passivated, ['s-1']);
});

test('a client that joins a waiting session starts its work; one that leaves a passivated one is noted', async () => {
  await ring.createSession('1', { clients: 0 });
  await sweepHost();
  assert.deepEqual(ring.listTypes('1'), []);
  ring.sendClients('1', 1);
  await waitForCompletions('1');
  await passivateByRest('1');
  assert.equal(ring.database.rows.get('s-1')?.isActive, true);
  ring.sendClients('1', 0);
  await waitUntil('it is noted', () => ring.database.rows.get('s-1')?.isActive === false);
});

test('who only watches activates no session, nor has its workspace opened', async () => {
  await ring.createSession('1', { clients: 0 });
  const address = { sessionId: 's-1', clients: 0, viewers: 2 };
  const list = { kind: 'workspace', ...address, mayWake: false, request: { ask: 'listFiles' } } as const;
  const rests = { ok: false, failure: { code: 'sessionRests' } };
  ring.send({ kind: 'viewers', ...address });
  await passLoops(20);
  assert.equal(ring.database.rows.get('s-1')?.record.state, 'created');
  assert.partialDeepStrictEqual(await ring.request(list), rests);
  await passivateByRest('1');
  const before = ring.database.received.length;
  ring.send({ kind: 'viewers', ...address });
  assert.partialDeepStrictEqual(await ring.request(list), rests);
  await passLoops(20);
  assert.deepEqual(ring.database.received.slice(before), []);
});

test('the main thread is told how many sandboxes the sessions hold, whenever that has changed', async () => {
  const told = () => ring.received.flatMap((message) => (message.kind === 'sandboxes' ? [message.held] : []));
  const container = () => Object.assign(new MemorySandbox(), { kind: 'docker' as 'memory' }); // Sandboxes in memory don't count.
  const open = async () => succeeded({ sandbox: container(), isFresh: true });
  ring.close();
  ring = new TestHostRing({ source: { open, remove: async () => undefined, close: async () => undefined } });
  await ring.createSession('1');
  await ring.createSession('2');
  await ring.createSession('3', { clients: 0 });
  await waitForCompletions('1');
  await waitForCompletions('2');
  await sweepHost();
  await sweepHost();
  assert.deepEqual(told(), [2]);
  await ring.sendCommand('2', { type: 'stop', id: 'stop-1' });
  await passivateByRest('1');
  await sweepHost();
  assert.equal(told().at(-1), 0);
  await ring.sendCommand('1', messageOf('m-1'));
  await sweepHost();
  assert.equal(told().at(-1), 1);
});

test('its metrics count its sessions', async () => {
  await ring.createSession('1');
  await ring.createSession('2');
  const reply = await ring.request({ kind: 'metrics' });
  assert.ok(reply.ok && reply.value.kind === 'metrics');
  const sessions = reply.value.metrics.find((metric) => (metric as { name: string }).name === 'lucid_sessions');
  assert.deepEqual((sessions as { values: unknown[] }).values, [{ value: 2, labels: { host: '0' } }]);
});
