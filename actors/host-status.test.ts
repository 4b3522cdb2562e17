// What a host shows in shared memory: that its event loop turns, and which sessions are at work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HostStatus, workingSessionsMax } from './host-status.ts';

test('another thread sees the beats, and which sessions are at work', () => {
  const host = new HostStatus();
  const seen = new HostStatus(host.memory);
  assert.deepEqual([seen.beats, [...seen.workingSessions]], [0, []]);
  host.beat();
  host.markWorking('018f7a7e-0000-7000-8000-000000000001');
  host.markWorking('018f7a7e-0000-7000-8000-000000000001');
  host.markWorking('s-2');
  assert.deepEqual([seen.beats, [...seen.workingSessions]], [1, ['018f7a7e-0000-7000-8000-000000000001', 's-2']]);
  host.markIdle('018f7a7e-0000-7000-8000-000000000001');
  host.markIdle('never there');
  host.markWorking('s');
  assert.deepEqual([...seen.workingSessions], ['s', 's-2']);
});

test('sessions beyond the limit are not noted, and freed room is used again', () => {
  const host = new HostStatus();
  for (let i = 0; i < workingSessionsMax + 10; i++) host.markWorking(`s-${i}`);
  assert.equal(host.workingSessions.size, workingSessionsMax);
  host.markIdle('s-0');
  host.markWorking('late');
  assert.equal(host.workingSessions.has('late'), true);
  assert.equal(host.workingSessions.size, workingSessionsMax);
});
