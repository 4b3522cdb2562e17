// A dead host's sessions come back over time: groups wait for each other, and another death begins another plan.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import type { Entry } from './directory.ts';
import { Recovery, trialLookIntervalMs, trialMs } from './recovery.ts';

const entryOf = (sessionId: string) => ({ sessionId, host: 0 }) as Entry;
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(entryOf) as [Entry, Entry, Entry, Entry, Entry];
const all = [a, b, c, d, e];
const idsOf = (entries: Entry[]) => new Set(entries.map(({ sessionId }) => sessionId));

let activated: string[];
let givenUp: string[];
let working: Set<string>;
let recovery: Recovery;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  [activated, givenUp, working] = [[], [], new Set()];
  recovery = new Recovery({
    activate: ({ sessionId }) => void activated.push(sessionId),
    giveUp: ({ sessionId }) => void givenUp.push(sessionId),
    getWorking: () => working,
    isLive: (entry) => entry !== e,
    now: () => 0,
  });
});
afterEach(() => mock.timers.reset());

async function passes(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += trialLookIntervalMs) {
    mock.timers.tick(trialLookIntervalMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const takeActivated = () => activated.splice(0);

test('after a second death the next group comes back when the one before is idle again, or after eight seconds', async () => {
  await recovery.recoverHost(0, all, idsOf(all));
  assert.deepEqual(takeActivated(), ['a', 'b', 'c', 'd', 'e']);
  const over = recovery.recoverHost(0, all, idsOf(all));
  assert.deepEqual(takeActivated(), ['a', 'b', 'c']);
  working = new Set(['b']);
  await passes(trialMs - 1_000);
  assert.deepEqual(takeActivated(), []);
  await passes(2_000);
  assert.deepEqual(takeActivated(), ['d'], 'e has ended meanwhile');
  await passes(limits.sweepIntervalMs + 200);
  await over;
});

test('when a host dies again, the rest of the earlier plan is dropped', async () => {
  await recovery.recoverHost(0, all, idsOf(all));
  const second = recovery.recoverHost(0, all, idsOf(all));
  takeActivated();
  const third = recovery.recoverHost(0, all, idsOf([a]));
  assert.deepEqual(takeActivated(), ['b', 'c'], 'who was there twice comes before who was there three times');
  await passes(10_000);
  await Promise.all([second, third]);
  assert.deepEqual(takeActivated(), ['d', 'a']);
});

test('a session that was at work at four deaths is given up, and no other', async () => {
  for (let deaths = 0; deaths <= limits.reactivationsMax; deaths++) void recovery.recoverHost(0, all, idsOf([a]));
  assert.deepEqual(givenUp, ['a']);
  await passes(20_000);
});
