// A request on which nothing comes ends; one that goes on doesn't.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Watchdog } from './watchdog.ts';

const times = { firstSignTimeoutMs: 100, nextSignTimeoutMs: 50, streamEndTimeoutMs: 10 };
const never = () => new AbortController().signal;

test('the first part of an answer has its own time limit, and each part begins the limit of the next', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const watchdog = new Watchdog(times, never());
  t.mock.timers.tick(99);
  for (let sign = 0; sign < 5; sign++) {
    watchdog.noteSign();
    t.mock.timers.tick(49);
    assert.equal(watchdog.signal.aborted, false);
  }
  t.mock.timers.tick(1);
  assert.ok(watchdog.signal.aborted && watchdog.isSilent);
});

test('nothing from the beginning is silence too', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const watchdog = new Watchdog(times, never());
  t.mock.timers.tick(100);
  assert.ok(watchdog.signal.aborted && watchdog.isSilent);
});

test('a complete answer waits a moment for its stream to end, and that is no silence', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const watchdog = new Watchdog(times, never());
  watchdog.noteComplete();
  watchdog.noteSign();
  t.mock.timers.tick(9);
  assert.equal(watchdog.signal.aborted, false);
  t.mock.timers.tick(1);
  assert.ok(watchdog.signal.aborted && !watchdog.isSilent);
});

test('cancelling ends a request, before or in the middle, and that is no silence', () => {
  for (const isBefore of [true, false]) {
    const abort = new AbortController();
    if (isBefore) abort.abort();
    const watchdog = new Watchdog(times, abort.signal);
    abort.abort();
    assert.ok(watchdog.signal.aborted && !watchdog.isSilent);
    watchdog.stopWatching();
  }
});

test('a finished request leaves no timer, and no listener on the signal that cancels it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const cancel = never();
  const removed = t.mock.method(cancel, 'removeEventListener');
  const watchdog = new Watchdog(times, cancel);
  watchdog.stopWatching();
  watchdog.noteSign();
  t.mock.timers.tick(1_000);
  assert.ok(watchdog.signal.aborted && !watchdog.isSilent);
  assert.equal(removed.mock.callCount(), 1);
});
