// The reaper removes and pauses real containers, and leaves alone those that are needed or another engine's.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Sandbox } from '../sandbox.ts';
import { DockerProxy } from '../testing/docker-proxy.ts';
import { docker, dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { waitUntil } from '../testing/wait-until.ts';
import type { DockerSettings } from './container-settings.ts';
import { openDocker } from './docker-client.ts';
import { DockerSource } from './docker-source.ts';
import { isInUse } from './owned-container.ts';
import { type DaemonSharing, Reaper, type ReaperDependencies, type SessionLookup, type Whereabouts } from './reaper.ts';

const removeAfterMs = 3_600_000;

let sandboxes: TestSandboxes;
dockerHooks.beforeEach(async () => {
  sandboxes = new TestSandboxes();
});
dockerHooks.afterEach(async () => void (await sandboxes?.close()));

/** Makes a reaper with a clock that the test moves, and records what the reaper does. */
function makeReaper(sessions: Partial<SessionLookup> = {}, more: Partial<ReaperDependencies> = {}) {
  const removed: Record<string, string> = {};
  const paused: string[] = [];
  const failures: string[] = [];
  const clock = { ms: 0 };
  const short = (name: string) => name.slice(sandboxes.settings.containerPrefix.length);
  const reaper = new Reaper({
    docker,
    settings: sandboxes.settings,
    isRunning: (runId) => runId === sandboxes.settings.runId,
    sessions: { isLive: () => false, findActivatable: async () => new Set(), ...sessions },
    removeAfterMs,
    intervalMs: 60_000,
    now: () => clock.ms,
    onPaused: ({ name }) => paused.push(short(name)),
    onRemoved: ({ name, reason }) => {
      removed[short(name)] = reason;
    },
    onFailed: (error) => failures.push(error instanceof Error ? error.message : String(error)),
    ...more,
  });
  return { reaper, removed, paused, failures, clock };
}

const activatable = (...sessionIds: string[]) => ({ findActivatable: async () => new Set(sessionIds) });

const isPaused = async (sessionId: string) => (await sandboxes.container(sessionId).inspect()).State.Paused;

const assertWorks = async (sandbox: Sandbox) => assert.equal(await readOutputOf(sandbox, 'echo works'), 'works\n');

const reapTimes = async (reaper: Reaper, times: number) => {
  for (let look = 0; look < times; look++) await reaper.reapNow();
};

/** Leaves a container running without an owner, as after a crash. */
async function leaveRunning(sessionId: string): Promise<void> {
  const sandbox = await sandboxes.open(sessionId);
  await readOutputOf(sandbox, 'echo kept > kept');
  await sandbox.abandon();
  const container = sandboxes.container(sessionId);
  await waitUntil(async () => !(await isInUse(container)));
}

async function openAgain(sessionId: string): Promise<Sandbox> {
  const request = requestOf(sessionId, { mayExist: true });
  const opened = await sandboxes.source.open(request);
  assert.ok(opened.ok && !opened.value.isFresh);
  return opened.value.sandbox;
}

/** Lists containers and volumes, without the prefix of their names. */
async function listLeft(): Promise<string[]> {
  const names = await sandboxes.listLeft();
  return names.map((name) => name.replace(/^\//, '').slice(sandboxes.settings.containerPrefix.length)).sort();
}

/** Closed whatever becomes of its test: what it makes ahead would keep the file running. */
function openWarmSource(t: TestContext, settings: DockerSettings): DockerSource {
  const source = new DockerSource(settings, 1, docker);
  t.after(() => source.close());
  return source;
}

async function waitUntilWarm(source: DockerSource): Promise<void> {
  for (let tries = 0; tries < 1_200 && source.warmCount === 0; tries++) await setTimeout(50);
  assert.equal(source.warmCount, 1);
}

dockerTest('warm containers of an earlier start are removed; those of this one stay', async (t) => {
  const earlier = openWarmSource(t, { ...sandboxes.settings, runId: 'earlier' });
  await waitUntilWarm(earlier);
  const [old] = await listLeft();
  const own = openWarmSource(t, sandboxes.settings);
  await waitUntilWarm(own);
  const { reaper, removed, failures } = makeReaper();
  await reaper.reapNow();
  assert.deepEqual([removed, failures], [{ [old ?? '']: 'left by an earlier start' }, []]);
  const names = await listLeft();
  assert.ok(
    names.length === 2 && names.every((name) => name.startsWith('warm-') && name !== old),
    'with its workspace',
  );
});

dockerTest('a session that has ended takes its container and workspace with it; the others keep theirs', async () => {
  const [, live, resting] = await Promise.all(['over', 'live', 'resting'].map((id) => sandboxes.open(id)));
  const asked: string[][] = [];
  const { reaper, removed, paused } = makeReaper({
    isLive: (sessionId) => sessionId === 'live',
    findActivatable: async (sessionIds) => {
      asked.push(sessionIds.toSorted());
      return new Set(['resting']);
    },
  });
  await reaper.reapNow();
  assert.deepEqual(removed, {}, 'a new one may be on its way to the database');
  await reaper.reapNow();
  assert.deepEqual([removed, paused], [{ over: 'its session has ended' }, []]);
  assert.deepEqual(asked[1], ['over', 'resting']);
  assert.deepEqual(await listLeft(), ['live', 'live', 'resting', 'resting']);
  for (const sandbox of [live, resting]) if (sandbox) await assertWorks(sandbox);
});

dockerTest(
  'a session that a crash left without an actor is paused at the second check, and goes on later',
  async () => {
    await leaveRunning('crashed');
    const { reaper, removed, paused } = makeReaper(activatable('crashed'));
    await reaper.reapNow();
    assert.deepEqual([paused, await isPaused('crashed')], [[], false]);
    await reapTimes(reaper, 2);
    assert.deepEqual([paused, removed, await isPaused('crashed')], [['crashed'], {}, true]);
    assert.equal(await readOutputOf(await openAgain('crashed'), 'cat kept'), 'kept\n');
  },
);

dockerTest('a session in which a stopping engine still works is left to it', async () => {
  const sandbox = await sandboxes.open('drains');
  const { reaper, paused } = makeReaper(activatable('drains'));
  await reapTimes(reaper, 3);
  assert.deepEqual([paused, await isPaused('drains')], [[], false]);
  await assertWorks(sandbox);
});

dockerTest('a session that comes back while its container is being paused finds it running', async () => {
  await leaveRunning('returns');
  for (const isLiveWhenAsked of [
    [false, false, true],
    [false, false, false, true],
  ]) {
    const asked = isLiveWhenAsked.values();
    const { reaper, paused } = makeReaper({ ...activatable('returns'), isLive: () => asked.next().value ?? true });
    await reapTimes(reaper, 2);
    assert.deepEqual([paused, await isPaused('returns'), [...asked]], [[], false, []]);
  }
  await assertWorks(await openAgain('returns'));
});

dockerTest('a paused container is removed when it was idle too long, and not before', async () => {
  const sandbox = await sandboxes.open('rests');
  const { reaper, removed, clock } = makeReaper(activatable('rests'));
  clock.ms = 10 * removeAfterMs;
  await reaper.reapNow();
  await sandbox.release();
  await reaper.reapNow();
  clock.ms += removeAfterMs - 1;
  await reaper.reapNow();
  assert.deepEqual([removed, await isPaused('rests')], [{}, true]);
  await sandboxes.container('rests').unpause();
  await reaper.reapNow();
  await sandboxes.container('rests').pause();
  clock.ms += 1;
  await reaper.reapNow();
  assert.deepEqual(removed, {}, 'it was used in between');
  clock.ms += removeAfterMs;
  await reaper.reapNow();
  assert.deepEqual([removed, await listLeft()], [{ rests: 'it was idle too long' }, []]);
});

dockerTest('a container that has ended or was replaced is removed', async () => {
  await Promise.all(['ended', 'whole'].map((id) => sandboxes.open(id)));
  await sandboxes.container('ended').kill();
  const broken = new DockerSource({ ...sandboxes.settings, runId: 'earlier' }, 0, docker);
  const opened = await broken.open(requestOf('old'));
  assert.ok(opened.ok);
  await sandboxes.container('old').rename({ name: `${sandboxes.settings.containerPrefix}whole-replaced-1` });
  const { reaper, removed } = makeReaper(activatable('ended', 'whole'));
  await reapTimes(reaper, 2);
  assert.deepEqual(removed, { ended: 'it does not run', 'whole-replaced-1': 'another has its session' });
  assert.deepEqual(await listLeft(), ['whole', 'whole']);
});

dockerTest('a workspace that has lost its container is removed at the second check', async () => {
  await sandboxes.open('gone');
  await sandboxes.container('gone').remove({ force: true });
  const { reaper, failures } = makeReaper(activatable('gone'));
  await reaper.reapNow();
  assert.deepEqual(await listLeft(), ['gone']);
  await reaper.reapNow();
  assert.deepEqual([await listLeft(), failures], [[], []]);
});

dockerTest("another engine's containers and workspaces on the same daemon are never touched", async (t) => {
  const other = new TestSandboxes();
  const { containerPrefix } = sandboxes.settings;
  const source = openWarmSource(t, { ...other.settings, containerPrefix });
  await waitUntilWarm(source);
  const request = requestOf('theirs');
  const opened = await source.open(request);
  await source.open({ ...request, sessionId: 'dangling' });
  await docker.getContainer(`${containerPrefix}dangling`).remove({ force: true });
  await waitUntilWarm(source); // Nothing is being made any more.
  const before = await other.listLeft();
  const { reaper, removed, clock } = makeReaper();
  for (let times = 0; times < 3; times++) {
    clock.ms += removeAfterMs;
    await reaper.reapNow();
  }
  assert.deepEqual(removed, {});
  const after = await other.listLeft();
  assert.deepEqual(
    before.filter((name) => !after.includes(name)),
    [],
  );
  if (opened.ok) await assertWorks(opened.value.sandbox);
  await source.close();
  await other.close();
});

dockerTest(
  'of engines that share a daemon each container has one judge, and one that another has is never touched',
  async () => {
    const names = ['own', 'nobodys', 'theirs'];
    for (const name of names) await leaveRunning(name);
    let owners: Record<string, Whereabouts> = { own: 'here', theirs: 'elsewhere' };
    let isKeeper = false;
    const sharing: DaemonSharing = {
      isKeeper: async () => isKeeper,
      findOwners: async (ids) => new Map(Object.entries(owners).filter(([id]) => ids.includes(id))),
      findMakers: async () => new Map(),
    };
    const { reaper, paused, removed, failures, clock } = makeReaper(activatable(...names), { sharing });
    await reapTimes(reaper, 3);
    assert.deepEqual(paused, ['own']);
    isKeeper = true;
    await reaper.reapNow();
    assert.deepEqual(paused, ['own', 'nobodys']);
    owners = { own: 'elsewhere', nobodys: 'elsewhere', theirs: 'elsewhere' };
    clock.ms += 2 * removeAfterMs;
    await reapTimes(reaper, 3);
    assert.deepEqual([paused, removed, failures], [['own', 'nobodys'], {}, []]);
    assert.equal(await readOutputOf(await openAgain('theirs'), 'cat kept'), 'kept\n');
  },
);

dockerTest('what is left of a session that goes on at another daemon is removed by the keeper', async () => {
  await leaveRunning('moved');
  let isKeeper = false;
  const owners = new Map<string, Whereabouts>([['moved', 'away']]);
  const sharing: DaemonSharing = {
    isKeeper: async () => isKeeper,
    findOwners: async () => owners,
    findMakers: async () => new Map(),
  };
  const { reaper, removed } = makeReaper(activatable('moved'), { sharing });
  await reapTimes(reaper, 3);
  assert.deepEqual(removed, {});
  isKeeper = true;
  await reapTimes(reaper, 2);
  assert.deepEqual(Object.values(removed), ['its session goes on at another daemon']);
});

dockerTest('a container that another engine takes while it is judged goes on there', async () => {
  await leaveRunning('taken');
  const answers = ['', '', '', '', 'elsewhere'] as const; // Of three looks, of the pause and of after it.
  let asked = 0;
  const findOwners = async (): Promise<Map<string, Whereabouts>> => {
    const owner = answers[asked++] ?? 'elsewhere';
    return owner === '' ? new Map() : new Map([['taken', owner]]);
  };
  const sharing: DaemonSharing = { isKeeper: async () => true, findOwners, findMakers: async () => new Map() };
  const { reaper, paused } = makeReaper(activatable('taken'), { sharing });
  await reapTimes(reaper, 2);
  assert.deepEqual([paused, await isPaused('taken'), asked], [[], false, answers.length]);
  await reapTimes(reaper, 2);
  assert.deepEqual([paused, await isPaused('taken')], [[], false]);
});

dockerTest('a daemon that is away is reported, and the next check does what is due', async (t) => {
  await sandboxes.open('over');
  const proxy = new DockerProxy();
  t.after(() => proxy.close());
  const { reaper, removed, failures } = makeReaper({}, { docker: openDocker({ socketPath: proxy.socketPath }) });
  proxy.break();
  await reaper.reapNow();
  assert.equal(failures.length, 1);
  assert.deepEqual(await listLeft(), ['over', 'over']);
  proxy.recover();
  await reapTimes(reaper, 2);
  assert.deepEqual([Object.keys(removed), failures.length], [['over'], 1]);
});

dockerTest('containers stay while the database does not answer', async () => {
  await sandboxes.open('unknown');
  const away = async () => Promise.reject(new Error('The database is away.'));
  const { reaper, failures } = makeReaper({ findActivatable: away });
  await reapTimes(reaper, 2);
  const reason = 'The database is away.';
  assert.deepEqual(
    [failures, await listLeft()],
    [
      [reason, reason],
      ['unknown', 'unknown'],
    ],
  );
});

dockerTest('a container that can not be removed is reported, and the others are removed all the same', async () => {
  await Promise.all(['one', 'stuck', 'two'].map((id) => sandboxes.open(id)));
  const { Id: stuck } = await sandboxes.container('stuck').inspect();
  const busy = { remove: async () => Promise.reject(new Error('The device is busy.')) };
  const stubborn: Docker = Object.create(docker, {
    getContainer: { value: (id: string) => (id === stuck ? busy : docker.getContainer(id)) },
  });
  const { reaper, removed, failures } = makeReaper({}, { docker: stubborn });
  await reapTimes(reaper, 2);
  assert.deepEqual([Object.keys(removed).sort(), failures], [['one', 'two'], ['The device is busy.']]);
});

dockerTest('checks do not overlap', async () => {
  const { reaper } = makeReaper();
  const first = reaper.reapNow();
  assert.equal(reaper.reapNow(), first);
  await first;
  assert.notEqual(reaper.reapNow(), first);
  await reaper.reapNow();
});
