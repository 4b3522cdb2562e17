// An engine that ends in the middle of turns: other engines go on with them, and nobody sees a turn end that had not ended.
import assert from 'node:assert/strict';
import type { TestClient } from '../testing/client.ts';
import { attachAt, TestCluster } from '../testing/cluster.ts';
import { natsTest } from '../testing/nats.ts';

const task = 'Emit 300 events, 1 every 20 ms';

/** The events of the whole turn, each once and in order, with one end. */
function isWhole(events: TestClient['events']): void {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  );
  const ends = events.filter(({ status }) => status === 'completed');
  assert.deepEqual(
    ends.map(({ reason }) => reason),
    ['finished'],
  );
  assert.ok(!events.some(({ eventType }) => eventType === 'ErrorObservation'), 'no call was cut');
}

natsTest('a turn goes on at another engine when its own one ends, with and without clients there', async (t) => {
  const cluster = await TestCluster.start(t);
  const [a, b] = [await cluster.addEngine(), await cluster.addEngine()];
  const [watched, alone] = [await cluster.startAt(a, task), await cluster.startAt(a, task)];
  const watching = await attachAt(b, watched.sessionId);
  for (const client of [watching, alone]) await client.waitFor('some events', () => client.events.length >= 10);
  const stopped = a.stop();
  assert.equal(await alone.closed, 1001);
  assert.equal(await stopped, true);
  const last = alone.events.at(-1) as { epoch: number; sequence: number };
  const again = await attachAt(b, alone.sessionId, last);
  await watching.waitForStatus('completed');
  isWhole(watching.events);
  const hasEnded = alone.events.some(({ status }) => status === 'completed'); // A busy machine may stop the engine late.
  if (!hasEnded) await again.waitForStatus('completed');
  isWhole([...alone.events, ...again.events]);
});
