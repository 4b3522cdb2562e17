// A session's sandbox is opened once, when it is first needed, and given back once, whenever that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { OpenedSandbox } from '../../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isSettled } from '../testing/event-loop.ts';
import { LazySandbox } from './lazy-sandbox.ts';

/** A sandbox that notes what happens to it. */
class WatchedSandbox extends MemorySandbox {
  readonly #did: string[];

  constructor(did: string[]) {
    super();
    this.#did = did;
  }

  override async release(): Promise<void> {
    this.#did.push('released');
  }

  override async close(): Promise<void> {
    this.#did.push('closed');
  }

  override async abandon(): Promise<void> {
    this.#did.push('abandoned');
  }
}

/** A lazy sandbox, what happened, and a way to let its opening succeed or fail. */
function startLazy(isFresh = true, prepared: Outcome<void> = succeeded(undefined)) {
  const did: string[] = [];
  const opening: ((outcome: Outcome<OpenedSandbox>) => void)[] = [];
  const lazy = new LazySandbox({
    openSandbox: () => {
      did.push('opens');
      return new Promise((resolve) => opening.push(resolve));
    },
    prepareSandbox: async () => {
      did.push('prepared');
      return prepared;
    },
    removeLeftover: async () => void did.push('removed what was left'),
  });
  const settle = (outcome: Outcome<OpenedSandbox>) => {
    for (const resolve of opening.splice(0)) resolve(outcome);
  };
  const opened = () => settle(succeeded({ sandbox: new WatchedSandbox(did), isFresh }));
  return { lazy, did, opened, settle };
}

const away = failed('sandboxFailed', 'Docker is away.');
const over = failed('sessionEnded', 'The session has ended.');

test('whoever needs the sandbox gets the same one, opened once and at the first need', async () => {
  const { lazy, did, opened } = startLazy();
  assert.deepEqual(did, []);
  const both = Promise.all([lazy.openOnce(), lazy.openOnce()]);
  opened();
  const [first, second] = await both;
  assert.ok(first.ok && second.ok && first.value === second.value);
  assert.deepEqual(await lazy.openOnce(), first);
  assert.deepEqual(did, ['opens', 'prepared']);
});

test('a sandbox that can’t be made ready is given back, kept only where it was there before, and tried again', async () => {
  for (const [isFresh, end] of [
    [true, 'closed'],
    [false, 'released'],
  ] as const) {
    const { lazy, did, opened } = startLazy(isFresh, away);
    const first = lazy.openOnce();
    opened();
    assert.deepEqual(await first, away);
    assert.equal(lazy.isOpen, false);
    void lazy.openOnce();
    assert.deepEqual(did, ['opens', 'prepared', end, 'opens']);
  }
});

test('a sandbox that could not be opened is tried again by the next who needs it', async () => {
  const { lazy, did, opened, settle } = startLazy();
  const first = lazy.openOnce();
  settle(away);
  assert.deepEqual(await first, away);
  const second = lazy.openOnce();
  opened();
  assert.ok((await second).ok);
  assert.deepEqual(did, ['opens', 'opens', 'prepared']);
});

test('a sandbox is given back once, kept, removed or left as it is, and none is opened again', async () => {
  for (const [end, did] of [
    ['release', 'released'],
    ['close', 'closed'],
    ['abandon', 'abandoned'],
  ] as const) {
    const watched = startLazy();
    const sandbox = watched.lazy.openOnce();
    watched.opened();
    await sandbox;
    await watched.lazy[end]();
    await watched.lazy[end]();
    assert.deepEqual(watched.did, ['opens', 'prepared', did]);
    assert.deepEqual(await watched.lazy.openOnce(), over);
  }
});

test('a sandbox that is given up while it is opened is given back once it is open', async () => {
  const { lazy, did, opened } = startLazy();
  void lazy.openOnce();
  const closed = lazy.close();
  assert.equal(await isSettled(closed), false);
  opened();
  await closed;
  assert.deepEqual(did, ['opens', 'prepared', 'closed']);
});

test('a sandbox that is another owner’s is let go of at once, or as soon as it is open', async () => {
  const open = startLazy();
  const sandbox = open.lazy.openOnce();
  open.opened();
  await sandbox;
  void open.lazy.abandon();
  assert.deepEqual(open.did, ['opens', 'prepared', 'abandoned']);

  const late = startLazy();
  void late.lazy.openOnce();
  const abandoned = late.lazy.abandon();
  late.opened();
  await abandoned;
  assert.deepEqual(late.did, ['opens', 'prepared', 'abandoned']);
});

test('a sandbox counts as open from when it is there until it is given back', async () => {
  const { lazy, opened } = startLazy();
  const sandbox = lazy.openOnce();
  assert.equal(lazy.isOpen, false);
  opened();
  await sandbox;
  assert.equal(lazy.isOpen, true);
  void lazy.release();
  assert.equal(lazy.isOpen, false);
});

test('a session that never needed a sandbox opens none to give it back', async () => {
  const { lazy, did } = startLazy();
  await lazy.close();
  assert.deepEqual([did.includes('opens'), await lazy.openOnce()], [false, over]);
});

test('what an earlier activation left is removed once, where the session ends without opening it', async () => {
  const { lazy, did } = startLazy();
  await lazy.close();
  await lazy.close();
  assert.deepEqual(did, ['removed what was left']);
  const used = startLazy();
  void used.lazy.openOnce();
  const closing = used.lazy.close();
  used.opened();
  await closing;
  assert.deepEqual(used.did, ['opens', 'prepared', 'closed']);
  for (const end of ['release', 'abandon'] as const) {
    const { lazy: other, did: done } = startLazy();
    await other[end]();
    await other.close();
    assert.deepEqual(done, [], end);
  }
});

test('a sandbox whose machine is away is left alone, and the next use gets another one', async () => {
  const { lazy, did, settle } = startLazy();
  let isAway = false;
  const open = (sandbox: WatchedSandbox) => settle(succeeded({ sandbox, isFresh: true, isAway: async () => isAway }));
  const [lost, fresh] = [new WatchedSandbox(did), new WatchedSandbox(did)];
  const first = lazy.openOnce();
  open(lost);
  assert.deepEqual(await first, succeeded(lost));
  assert.deepEqual(await lazy.openOnce(), succeeded(lost));
  isAway = true;
  const both = Promise.all([lazy.openOnce(), lazy.openOnce()]);
  await setImmediate();
  isAway = false;
  open(fresh);
  assert.deepEqual(await both, [succeeded(fresh), succeeded(fresh)]);
  assert.deepEqual(did, ['opens', 'prepared', 'abandoned', 'opens', 'prepared']);
  await lazy.close();
  assert.equal(did.at(-1), 'closed');
});
