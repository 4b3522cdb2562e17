// Where sessions are made in a cluster: clients create them at any engine, and notice nothing of which one has them.
import assert from 'node:assert/strict';
import { attachAt, startAt, TestCluster } from '../testing/cluster.ts';
import { backEndHeadersOf } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

type Made = { sessionId: string };

const adminKey = 'an admin key for tests';

natsTest('what is begun at an engine that takes no sessions is made at another, with its files, once', async (t) => {
  const cluster = await TestCluster.start(t);
  const a = await cluster.addEngine({ ADMIN_KEY: adminKey });
  await cluster.addEngine();
  const drain = await fetch(`${a.http}/api/v1/admin/drain`, {
    method: 'POST',
    headers: { 'X-Admin-Key': adminKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ confirm: 'drain', withinSeconds: 600 }),
  });
  assert.equal(drain.status, 200);
  const make = () => callAs<Made>(a, 'ada', 'POST', '/api/v1/sessions', { task: 'wait here' });
  await waitUntil(async () => (await make()).status === 200); // Until the second engine has said that it is there.
  const bySocket = await startAt(a, 'Emit 30 events, 1 every 20 ms');
  const { sequence: last = 0 } = await bySocket.waitForStatus('completed');
  const sequences = bySocket.events.map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    Array.from({ length: last }, (_, at) => at + 1),
  );
  bySocket.send({ type: 'message', id: 'm-1', content: 'Emit 2 events' });
  await bySocket.waitFor('the acknowledgement', ({ id }) => id === 'm-1');
  await bySocket.waitForStatus('completed', last);

  const form = new FormData();
  form.set('json', JSON.stringify({ task: 'Emit 2 events', autoStart: true }));
  form.append('files', new Blob(['some text']), 'notes.txt');
  const headers = { ...backEndHeadersOf('ada'), 'Idempotency-Key': 'once' };
  const create = () => fetch(`${a.http}/api/v1/sessions`, { method: 'POST', headers, body: form });
  const [first, again] = await Promise.all([create(), create()]);
  assert.deepEqual([first.status, again.status], [200, 200], await first.clone().text());
  const [{ sessionId }, repeated] = (await Promise.all([first.json(), again.json()])) as [Made, Made];
  assert.equal(repeated.sessionId, sessionId);
  const client = await attachAt(a, sessionId);
  const { attachments = [] } = await client.waitFor('the task', ({ eventType }) => eventType === 'InitialTask');
  await client.waitForStatus('completed');
  const url = `/api/v1/files/read?session_id=${sessionId}&path=${encodeURIComponent(attachments[0]?.path ?? '')}`;
  assert.equal((await callAs<{ content: string }>(a, 'ada', 'GET', url)).body.content, 'some text');
  for (const id of [bySocket.sessionId, sessionId]) assert.equal(await cluster.findOwner(id), 'n2');
});

natsTest(
  'the sessions of a user are counted over all engines, and make room at all of them when they end',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const limited = { MAX_SESSIONS_PER_USER: '2' };
    const [a, b] = [await cluster.addEngine(limited), await cluster.addEngine(limited)];
    const made: string[] = [];
    const make = async (engine: typeof a) => {
      const { body } = await callAs<Partial<Made> & { code?: string }>(engine, 'ada', 'POST', '/api/v1/sessions', {
        task: 'wait here',
      });
      if (body.sessionId !== undefined) made.push(body.sessionId);
      return body.code;
    };
    assert.deepEqual([await make(a), await make(b)], [undefined, undefined]);
    for (const engine of [a, b]) await waitUntil(async () => (await make(engine)) === 'tooManySessions');
    for (const id of made.splice(0))
      assert.equal((await callAs(b, 'ada', 'DELETE', `/api/v1/sessions/${id}`)).status, 200);
    for (const engine of [b, a]) await waitUntil(async () => (await make(engine)) === undefined);
  },
);
