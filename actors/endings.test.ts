// Each way in which a session ends, brought about in a host between real ports, and what `endings` says of it.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { MemorySandbox } from '../sandbox/memory/memory-sandbox.ts';
import type { OpenedSandbox, SandboxSource } from '../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../schema/error.ts';
import type { StoredState } from '../schema/session.ts';
import { type Ending, type EndingName, endings } from '../schema/session-endings.ts';
import { passLoops, waitUntil } from './testing/event-loop.ts';
import { TestHostRing } from './testing/test-host.ts';

/** What was done with the sandboxes that the host opened, and with what an earlier activation left. */
class WatchedSource implements SandboxSource {
  readonly did: Ending['sandbox'][] = [];
  failure: Outcome<never> | undefined;

  async open(): Promise<Outcome<OpenedSandbox>> {
    if (this.failure) return this.failure;
    const sandbox = new MemorySandbox();
    for (const method of ['close', 'release', 'abandon'] as const)
      sandbox[method] = async () => void this.did.push(method);
    return succeeded({ sandbox, isFresh: true });
  }

  async remove(): Promise<void> {
    this.did.push('close');
  }

  async close(): Promise<void> {}
}

let source: WatchedSource;
let ring: TestHostRing;

beforeEach(() => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  source = new WatchedSource();
  ring = new TestHostRing({ source });
});

afterEach(() => {
  ring?.close();
  mock.timers.reset();
});

/** A session that has done its task. */
async function createLive(): Promise<void> {
  await ring.createSession('1');
  await ring.waitForCompletions('1');
}

/** The same, after its last client has left. */
async function createLeft(): Promise<void> {
  await createLive();
  ring.sendClients('1', 0);
  await passLoops(20);
}

/** The same, out of memory; what was done until then doesn't count. */
async function createPassivated(): Promise<void> {
  await createLeft();
  await ring.passivateByRest('1');
  source.did.length = 0;
  ring.received.length = 0;
}

const message = { type: 'message', id: 'm-1', content: 'More' } as const;

const bringAbout: Record<EndingName, () => Promise<unknown>> = {
  stopped: async () => {
    await createLive();
    await ring.sendCommand('1', { type: 'stop', id: 'stop-1' });
  },
  failed: async () => {
    await ring.createSession('1', { clients: 0 });
    await ring.passivateByRest('1');
    source.did.length = 0;
    source.failure = failed('sandboxFailed', 'Docker is away.');
    ring.sendClients('1', 1);
    await waitUntil('it fails', () => ring.database.rows.get('s-1')?.record.state === 'failed');
  },
  givenUp: async () => {
    await createPassivated();
    ring.send({ kind: 'giveUp', sessionId: 's-1', ...failed('sessionCrashes', 'It crashes.') });
    await waitUntil('it is recorded', () => ring.database.rows.get('s-1')?.record.state === 'failed');
  },
  passivated: async () => {
    await createLeft();
    await ring.passivateByRest('1');
  },
  fenced: async () => {
    await createLive();
    ring.database.claimSession('s-1');
    await ring.sendCommand('1', message);
  },
  deleted: async () => {
    await createLive();
    ring.database.rows.delete('s-1');
    await ring.sendCommand('1', message);
  },
  unstorable: async () => {
    await createLive();
    ring.database.isUp = false;
    ring.database.sendRefused('s-1', 1_000);
    await waitUntil('it is lost', () => ring.lost.length > 0);
  },
  neverStored: async () => {
    ring.database.isUp = false;
    const created = ring.createSession('1');
    await passLoops(20);
    ring.database.sendRefused('s-1', 0);
    await created;
  },
  notActivated: () => ring.sendCommand('1', message),
};

/** What is stored of a session, as `endings` says it. */
const endStateOf = (state: StoredState | undefined) => (state === 'stopped' || state === 'failed' ? state : null);

function findMainThreadNews(): Ending['mainThreadHears'] | undefined {
  if (ring.database.lastEventsOf.includes('s-1')) return 'lastEvent';
  if (ring.lost.length > 0) return 'lost';
  return ring.passivated.length > 0 ? 'passivated' : undefined;
}

for (const name of Object.keys(endings) as EndingName[])
  test(`what the table of endings says of one that is ${name} is what happens`, async () => {
    await bringAbout[name]();
    await ring.sweep();
    const happened = {
      state: endStateOf(ring.database.rows.get('s-1')?.record.state),
      sandbox: source.did[0] ?? 'leave',
      mainThreadHears: findMainThreadNews(),
    };
    assert.deepEqual(happened, endings[name]);
    assert.ok(new Set(source.did).size <= 1, `Its sandbox is given back in one way: ${source.did.join()}`);
    assert.equal(ring.hostStatus.workingSessions.size, 0, 'Nobody is blamed for what happens afterwards.');
  });
