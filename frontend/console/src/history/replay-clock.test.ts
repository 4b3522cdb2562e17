// A replay shows each event when it is due, at any speed, and never goes back by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advance,
  beginReplay,
  findNextDelayMs,
  findTurn,
  makeSchedule,
  pause,
  play,
  type Replay,
  reschedule,
  seek,
  setSpeed,
  speeds,
} from './replay-clock.ts';

test('long pauses take two seconds, unless one wants the time that they took', () => {
  const times = [0, 500, 60_500, 60_400, 61_000];
  assert.deepEqual(makeSchedule(times, false), [0, 500, 2_500, 2_500, 3_100]);
  assert.deepEqual(makeSchedule(times, true), [0, 500, 60_500, 60_500, 61_100]);
});

test('events come when they are due, twice as soon at twice the speed, and the replay pauses after the last', () => {
  const schedule = [0, 1_000, 2_000];
  let replay = play(beginReplay, schedule, 100);
  replay = advance(replay, schedule, true, 100);
  assert.equal(replay.shown, 1);
  assert.equal(findNextDelayMs(replay, schedule, 600), 500);
  replay = setSpeed(replay, 2, 600);
  assert.equal(findNextDelayMs(replay, schedule, 600), 250);
  assert.equal(advance(replay, schedule, true, 849).shown, 1);
  assert.equal(advance(replay, schedule, true, 850).shown, 2);
  replay = advance(replay, schedule, true, 5_000);
  assert.deepEqual([replay.shown, replay.sinceMs], [3, null]);
  assert.equal(play(replay, schedule, 0).shown, 1);
});

test('at the end of what was read it waits for more, and goes on from there', () => {
  const begun = play(beginReplay, [0, 100], 0);
  const waiting = advance(begun, [0, 100], false, 10_000);
  assert.deepEqual([waiting.shown, waiting.sinceMs], [2, 10_000]);
  assert.equal(findNextDelayMs(waiting, [0, 100, 400], 10_000), 300);
});

test('a replay that is paused stays where it is', () => {
  const paused = pause(play(beginReplay, [0, 10, 20], 0));
  assert.equal(advance(paused, [0, 10, 20], true, 1_000), paused);
  assert.equal(findNextDelayMs(paused, [0, 10, 20], 1_000), undefined);
});

test('whatever one does, the shown events are within those that there are, and time alone never takes one away', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), value: fc.nat(10_000) }),
    fc.record({ kind: fc.constant('seek' as const), value: fc.integer({ min: -3, max: 40 }) }),
    fc.record({ kind: fc.constant('speed' as const), value: fc.nat(speeds.length - 1) }),
    fc.record({ kind: fc.constantFrom('play' as const, 'pause' as const, 'realTime' as const), value: fc.nat(1) }),
  );
  const times = fc.array(fc.integer({ min: -100, max: 100_000 }), { minLength: 1, maxLength: 30, size: 'max' });
  fc.assert(
    fc.property(times, fc.array(act, { maxLength: 30, size: 'max' }), (timesMs, acts) => {
      let schedule = makeSchedule(timesMs, false);
      let replay: Replay = beginReplay;
      let nowMs = 0;
      for (const { kind, value } of acts) {
        const before = replay.shown;
        if (kind === 'wait') nowMs += value;
        if (kind === 'realTime') schedule = makeSchedule(timesMs, value === 1);
        if (kind === 'wait') replay = advance(replay, schedule, true, nowMs);
        else if (kind === 'seek') replay = seek(replay, schedule, value, nowMs);
        else if (kind === 'speed') replay = setSpeed(replay, speeds[value] ?? 1, nowMs);
        else if (kind === 'play') replay = play(replay, schedule, nowMs);
        else if (kind === 'pause') replay = pause(replay);
        else replay = reschedule(replay, schedule, nowMs);
        assert.ok(replay.shown >= 0 && replay.shown <= schedule.length);
        if (kind === 'wait' || kind === 'speed') assert.ok(replay.shown >= before);
      }
    }),
  );
});

test('one jumps to the turn before and after', () => {
  assert.equal(findTurn([1, 12, 20], 12, 1), 20);
  assert.equal(findTurn([1, 12, 20], 12, -1), 1);
  assert.equal(findTurn([1, 12, 20], 20, 1), undefined);
});
