// A session's sandbox is opened once, when it is first needed, and given back once, whenever that is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { OpenedSandbox } from '../../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isSettled } from '../testing/event-loop.ts';
import { LazySandbox } from './lazy-sandbox.ts';

/** A sandbox that says what happens to it. */
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

/** A lease, what happened, and a way to let the sandbox that is being opened come, or not. */
function leased(isFresh = true, prepared: Outcome<void> = succeeded(undefined)) {
  const did: string[] = [];
  const opening: ((outcome: Outcome<OpenedSandbox>) => void)[] = [];
  const lease = new LazySandbox({
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
  return { lease, did, opened, settle };
}

const away = failed('sandboxFailed', 'Docker is away.');
const over = failed('sessionEnded', 'The session has ended.');

test('whoever needs the sandbox gets the same one, opened once and at the first need', async () => {
  const { lease, did, opened } = leased();
  assert.deepEqual(did, []);
  const both = Promise.all([lease.openOnce(), lease.openOnce()]);
  opened();
  const [first, second] = await both;
  assert.ok(first.ok && second.ok && first.value === second.value);
  assert.deepEqual(await lease.openOnce(), first);
  assert.deepEqual(did, ['opens', 'prepared']);
});

test('a sandbox that can’t be made ready is given back, kept only where it was there before, and tried again', async () => {
  for (const [isFresh, end] of [
    [true, 'closed'],
    [false, 'released'],
  ] as const) {
    const { lease, did, opened } = leased(isFresh, away);
    const first = lease.openOnce();
    opened();
    assert.deepEqual(await first, away);
    assert.equal(lease.isOpen, false);
    void lease.openOnce();
    assert.deepEqual(did, ['opens', 'prepared', end, 'opens']);
  }
});

test('a sandbox that could not be opened is tried again by the next who needs it', async () => {
  const { lease, did, opened, settle } = leased();
  const first = lease.openOnce();
  settle(away);
  assert.deepEqual(await first, away);
  const second = lease.openOnce();
  opened();
  assert.ok((await second).ok);
  assert.deepEqual(did, ['opens', 'opens', 'prepared']);
});

test('a lease that is over gives its sandbox back, kept, removed or left as it is, and opens none again', async () => {
  for (const [end, did] of [
    ['release', 'released'],
    ['close', 'closed'],
    ['abandon', 'abandoned'],
  ] as const) {
    const watched = leased();
    const sandbox = watched.lease.openOnce();
    watched.opened();
    await sandbox;
    await watched.lease[end]();
    await watched.lease[end]();
    assert.deepEqual(watched.did, ['opens', 'prepared', did]);
    assert.deepEqual(await watched.lease.openOnce(), over);
  }
});

test('a sandbox that is still being opened when the lease ends is given back when it comes', async () => {
  const { lease, did, opened } = leased();
  void lease.openOnce();
  const closed = lease.close();
  assert.equal(await isSettled(closed), false);
  opened();
  await closed;
  assert.deepEqual(did, ['opens', 'prepared', 'closed']);
});

test('what is another owner’s is let go of at once, or as soon as it comes', async () => {
  const open = leased();
  const sandbox = open.lease.openOnce();
  open.opened();
  await sandbox;
  void open.lease.abandon();
  assert.deepEqual(open.did, ['opens', 'prepared', 'abandoned']);

  const late = leased();
  void late.lease.openOnce();
  const abandoned = late.lease.abandon();
  late.opened();
  await abandoned;
  assert.deepEqual(late.did, ['opens', 'prepared', 'abandoned']);
});

test('a lease is open from when its sandbox is there until it is given back', async () => {
  const { lease, opened } = leased();
  const sandbox = lease.openOnce();
  assert.equal(lease.isOpen, false);
  opened();
  await sandbox;
  assert.equal(lease.isOpen, true);
  void lease.release();
  assert.equal(lease.isOpen, false);
});

test('a lease that never had a sandbox ends without one', async () => {
  const { lease, did } = leased();
  await lease.close();
  assert.deepEqual([did.includes('opens'), await lease.openOnce()], [false, over]);
});

test('what an earlier lease left goes too, where the session ends without having opened it again; once', async () => {
  const { lease, did } = leased();
  await lease.close();
  await lease.close();
  assert.deepEqual(did, ['removed what was left']);
  const used = leased();
  void used.lease.openOnce();
  const closing = used.lease.close();
  used.opened();
  await closing;
  assert.deepEqual(used.did, ['opens', 'prepared', 'closed']);
  for (const end of ['release', 'abandon'] as const) {
    const { lease: other, did: done } = leased();
    await other[end]();
    await other.close();
    assert.deepEqual(done, [], end);
  }
});
