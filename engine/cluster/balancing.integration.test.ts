// An engine that joins others gets its share of the sessions that rest, as their clients come back; nothing else moves.
import assert from 'node:assert/strict';
import { attachAt, TestCluster } from '../testing/cluster.ts';
import type { TestEngine } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const resting = 36;

/** PostgreSQL may be slow on a busy machine. @returns the id of a session whose turn has ended */
async function makeAt(engine: TestEngine, more: object = {}): Promise<string> {
  const asked = { task: 'Emit 1 event', autoStart: true, ...more };
  const { body } = await callAs<{ sessionId?: string }>(engine, 'ada', 'POST', '/api/v1/sessions', asked);
  return body.sessionId ?? makeAt(engine, more);
}

async function readFigure({ http }: TestEngine, name: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

natsTest('resting sessions of a full engine are had where their clients come back, and all others stay', async (t) => {
  const cluster = await TestCluster.start(t);
  const a = await cluster.addEngine({ RECONNECT_GRACE: '0', NODE_LABELS: 'disk=large' });
  const watched = await cluster.startAt(a, 'Emit 1 event');
  await watched.waitForStatus('completed');
  const labelled = await makeAt(a, { labels: { disk: 'large' } });
  const made = await Promise.all(Array.from({ length: resting }, () => makeAt(a)));
  await waitUntil(async () => (await readFigure(a, 'lucid_sessions{')) <= 1);

  const b = await cluster.addEngine();
  await waitUntil(async () => (await readFigure(a, 'lucid_sessions_moved_total{how="balanced"}')) >= 10);
  let given: string | undefined;
  for (const id of made) if ((await cluster.findOwner(id)) === null) given = id;
  const client = await attachAt(b, given ?? '');
  client.send({ type: 'message', id: 'm-1', content: 'Emit 1 event' });
  const said = await client.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  await client.waitForStatus('completed', said.sequence);
  assert.equal(await cluster.findOwner(given ?? ''), 'n2');
  assert.deepEqual(
    client.events.map(({ sequence }) => sequence),
    client.events.map((_, at) => at + 1),
  );
  watched.send({ type: 'message', id: 'm-2', content: 'Emit 1 event' });
  await watched.waitFor('the acknowledgement', ({ id }) => id === 'm-2');
  for (const id of [watched.sessionId, labelled]) assert.equal(await cluster.findOwner(id), 'n1');
});
