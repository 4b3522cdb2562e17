// Where an engine has new sessions made: at others only while it can ask them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunLoad } from '../../schema/ownership.ts';
import type { Peer } from '../database/queries/select-peers.ts';
import { SessionPlacing } from './session-placing.ts';

const free: RunLoad = { sessions: 0, working: 0, sockets: 0, hosts: 1, fullHosts: 0, sandboxes: 0, reach: 2 };

test('an engine with much to do makes sessions itself while the bus is away, and others make them again later', async () => {
  const bus = { isUp: true };
  const peers: Peer[] = [{ bootId: 'b', state: 'open', labels: {}, load: free }];
  const placing = new SessionPlacing({
    bus,
    beats: { peers, read: async () => peers },
    labels: {},
    describeLoad: () => ({ ...free, queued: 1 }),
    describeRoom: () => ({ fullHosts: 0, takesSessions: true }),
    asks: { askAt: () => assert.fail('Nothing is made.') },
  });
  await placing.lookAround();
  const choose = () => placing.choose(new Set());
  assert.deepEqual(await choose(), { kind: 'elsewhere', bootId: 'b' });
  bus.isUp = false;
  assert.deepEqual(await choose(), { kind: 'here' });
  bus.isUp = true;
  assert.deepEqual(await choose(), { kind: 'elsewhere', bootId: 'b' });
});
