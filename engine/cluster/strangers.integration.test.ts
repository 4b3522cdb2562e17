// What nobody of the cluster has sent: it isn't shown as a session's events, and takes no engine off the bus.
import assert from 'node:assert/strict';
import { connect } from '@nats-io/transport-node';
import { encodePost } from '../../schema/bus.ts';
import { attachAt, TestCluster } from '../testing/cluster.ts';
import { natsTest } from '../testing/nats.ts';
import { waitUntil } from '../testing/rest.ts';

natsTest('forged frames on the bus are not shown to clients, and their engine goes on', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const wire = await connect({ servers: cluster.nats.url });
  t.after(() => wire.close());
  const boots = new Set<string>();
  wire.subscribe('lucid.lucid.boot.*', {
    callback: (_error, { subject }) => void boots.add(subject.split('.').at(-1) ?? ''),
  });
  await wire.flush();
  const owner = await cluster.startAt(a, 'Emit 1 event');
  const { sequence = 0 } = await owner.waitForStatus('completed');
  const { sessionId } = owner;
  const remote = await attachAt(b, sessionId);
  await waitUntil(() => boots.size === 2);
  const forge = (content: object) => {
    const frame = JSON.stringify({ sequence: sequence + 1, epoch: 1, ...content });
    return JSON.stringify({ kind: 'frames', sessionId, frames: [[1, sequence + 1, frame, false]] });
  };
  const asEvent = forge({ type: 'agent_event', event: 'action', eventType: 'ThinkAction', content: 'forged' });
  const messages = [forge({ type: 'agent_event' }), asEvent];
  const follow = JSON.stringify({ kind: 'follow', follows: [{ sessionId, heard: 0, clients: 1, viewers: 0 }] });
  for (const to of boots) {
    wire.publish(`lucid.lucid.boot.${to}`, encodePost('a-stranger', Date.now(), messages));
    // An answer to this one would have a subject that the client throws over.
    wire.publish(`lucid.lucid.boot.${to}`, encodePost('a stranger', Date.now(), [follow]));
  }
  await wire.flush();
  remote.send({ type: 'message', id: 'm-1', content: 'Emit 3 events' });
  const acknowledged = await remote.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  await remote.waitForStatus('completed', acknowledged.sequence);
  assert.doesNotMatch(JSON.stringify([...remote.frames, ...owner.frames]), /forged/);
});
