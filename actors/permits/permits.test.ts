// Who asks for a permit gets it by time or by what others give back, and hears how long it takes.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { LimitReadings } from '../../schema/permits.ts';
import { HostPermits, permitPrefixOf } from './host-permits.ts';
import { Permits } from './permits.ts';

function openPermits() {
  const clock = mock.timers;
  clock.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  const permits = new Permits(Date.now);
  const heard: string[] = [];
  const want = (id: string, key = 'k') =>
    permits.want(
      { id, key, userId: 'ada', tokens: 1, freshTokens: 1 },
      { onGranted: () => void heard.push(`${id} granted`), onWaits: (waitMs) => void heard.push(`${id} ${waitMs}`) },
    );
  const limit = (id: string, remaining: number, limits: LimitReadings = {}) =>
    permits.hear(id, { kind: 'limits', limits: { requests: { limit: 2, remaining, fullInMs: 60_000 }, ...limits } });
  const takeHeard = () => heard.splice(0);
  const close = () => {
    permits.close();
    clock.reset();
  };
  return { clock, permits, want, limit, takeHeard, close };
}

test('a request waits until its provider has room again, and hears how long', () => {
  const { clock, want, limit, takeHeard, close } = openPermits();
  want('a');
  limit('a', 0);
  want('b');
  assert.deepEqual(takeHeard(), ['a granted', 'b 30000']);
  clock.tick(29_999);
  assert.deepEqual(takeHeard(), []);
  clock.tick(1);
  assert.deepEqual(takeHeard(), ['b granted']);
  close();
});

test('other keys don’t wait, and those who wait hear of it when it becomes longer', () => {
  const { permits, want, limit, takeHeard, close } = openPermits();
  want('a');
  limit('a', 1);
  want('b');
  want('c');
  want('d', 'another');
  assert.deepEqual(takeHeard(), ['a granted', 'b granted', 'c 60000', 'd granted']);
  permits.hear('b', { kind: 'refused', retryAfterMs: 90_000, pauseMsMax: 1 });
  assert.deepEqual(takeHeard(), ['c 90000']);
  close();
});

test('what a host that died had asked for leaves room for others', () => {
  const { permits, want, limit, takeHeard, close } = openPermits();
  const [dead, living] = [permitPrefixOf(1), permitPrefixOf(2)];
  want('probe');
  limit('probe', 2);
  for (const id of [`${dead}1`, `${dead}2`, `${dead}3`, `${living}1`]) want(id);
  takeHeard();
  permits.endAll(dead);
  limit('probe', 2);
  assert.deepEqual(takeHeard(), []);
  mock.timers.tick(60_000);
  assert.deepEqual(takeHeard(), [`${living}1 granted`]);
  close();
});

test('a session that is interrupted while it waits is not sent, and gives its place back', async () => {
  const said: string[] = [];
  const host = new HostPermits(0, (word) => void said.push(`${word.say} ${'id' in word ? word.id : word.ask.id}`));
  const abort = new AbortController();
  const waits: number[] = [];
  const ask = { key: 'k', tokens: 1, freshTokens: 1, onWaits: (waitMs: number) => void waits.push(waitMs) };
  const waiting = host.of('ada').takePermit({ ...ask, signal: abort.signal });
  host.receive({ say: 'waits', id: '0:1', waitMs: 5_000 });
  abort.abort();
  assert.equal(await waiting, undefined);
  host.receive({ say: 'granted', id: '0:1' });
  assert.deepEqual(said, ['asked 0:1', 'ended 0:1']);
  assert.deepEqual(waits, [5_000]);
  assert.equal(await host.of('ada').takePermit({ ...ask, signal: abort.signal }), undefined);
  assert.equal(said.length, 2);
});
