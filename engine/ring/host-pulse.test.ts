// A host counts as stopped after five looks without a beat; one that is starting has longer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostPulse, hostLookIntervalMs, hostStartTimeoutMs } from './host-pulse.ts';

const hasStopped = (pulse: HostPulse, beats: number): boolean => {
  pulse.look(beats);
  return pulse.hasStopped;
};

const looksUntilStopped = (pulse: HostPulse, beats: number) => {
  for (let looks = 1; looks <= 100; looks++) if (hasStopped(pulse, beats)) return looks;
  return undefined;
};

test('a host that beats goes on; one that has stopped is noticed after five seconds', () => {
  const pulse = new HostPulse();
  for (let beats = 1; beats < 100; beats++) assert.equal(hasStopped(pulse, beats), false);
  assert.equal(looksUntilStopped(pulse, 99), 5);
  assert.equal(hasStopped(pulse, 100), false);
});

test('a host that loads its modules has longer', () => {
  assert.equal(looksUntilStopped(new HostPulse(), 0), hostStartTimeoutMs / hostLookIntervalMs);
});

test('a counter that has wrapped around is a beat like any other', () => {
  const pulse = new HostPulse();
  pulse.look(2_147_483_647);
  assert.equal(hasStopped(pulse, -2_147_483_648), false);
});
