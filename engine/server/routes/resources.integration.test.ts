// A user sees what a session's sandbox uses; nothing is started for that, and nobody else sees it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import type { Resources } from '../../../schema/resources.ts';
import { places, shareTestAgents, testIn } from '../../testing/agents.ts';
import { TestClient } from '../../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { callAs, waitUntil, waitUntilHolds } from '../../testing/rest.ts';

const atRest: Resources = { sandbox: null, sample: null };

let engine: TestEngine;
let client: TestClient;
before(async () => {
  engine = await startTestEngine({ environment: { RECONNECT_GRACE: '0' } });
  client = await TestClient.start(engine.ws, await signTestToken('ada'), 'Write hello world');
  await client.waitForStatus('completed');
});
after(() => engine?.close());

const read = <Body = Resources>(sessionId: string, user = 'ada', at = engine) =>
  callAs<Body>(at, user, 'GET', `/api/v1/sessions/${sessionId}/resources`);

test('in mock mode the size of the files is all that there is to tell', async () => {
  const { status, body } = await read(client.sessionId);
  assert.equal(status, 200);
  const { at, diskBytes, diskBytesMax, ...rest } = body.sample ?? assert.fail('no sample');
  assert.ok(Date.parse(at) > 0 && Number(diskBytes) > 0 && Number(diskBytesMax) > Number(diskBytes));
  assert.deepEqual(
    [body.sandbox, rest],
    ['memory', { cpuMs: null, cpus: null, memoryBytes: null, memoryBytesMax: null, processes: null }],
  );
});

test('who asks often, or with others, gets the same sample', async () => {
  const samples = await Promise.all(Array.from({ length: 20 }, () => read(client.sessionId)));
  assert.ok(new Set(samples.map(({ body }) => body.sample?.at)).size <= 2);
});

test('a session at rest, one that waits and one that has ended use nothing, and stay as they are', async () => {
  const live = async () =>
    (await callAs<{ sessions: { sessionId: string }[] }>(engine, 'bob', 'GET', '/api/v1/sessions')).body.sessions;
  const create = async (body: object) =>
    (await callAs<{ sessionId: string }>(engine, 'bob', 'POST', '/api/v1/sessions', { task: 'Write', ...body })).body
      .sessionId;
  const rests = await create({ autoStart: true });
  await waitUntil(async () => (await live()).length === 0);
  const waits = await create({});
  const ended = await create({});
  await callAs(engine, 'bob', 'DELETE', `/api/v1/sessions/${ended}`);
  await waitUntil(async () => (await live()).length === 0);
  for (const sessionId of [rests, waits, ended]) assert.deepEqual((await read(sessionId, 'bob')).body, atRest);
  assert.deepEqual(await live(), []);
});

test("another user's session gets 403, and an unknown one 404", async () => {
  for (const [user, sessionId, status, code] of [
    ['eve', client.sessionId, 403, 'notYours'],
    ['ada', 'no-such-session', 404, 'noSuchSession'],
  ] as const) {
    const refused = await read<{ code: string }>(sessionId, user);
    assert.deepEqual([refused.status, refused.body.code], [status, code]);
  }
});

const agentsIn = { docker: shareTestAgents('docker'), local: shareTestAgents('local') };

for (const place of places)
  testIn[place](
    `in ${place}, memory, processors' time, disk and processes of a command that runs are counted`,
    async () => {
      const agents = await agentsIn[place]();
      const { shell, finish } = callsOf('anthropic');
      const burn = 'head -c 3000000 /dev/zero >big; echo burning; while [ ! -e stop ]; do :; done';
      agents.fakeProvider.plan('anthropic', answer({ calls: [shell(burn)] }), answer({ calls: [finish('Done.')] }));
      const worked = await agents.startClient('Burn', { modelProvider: 'anthropic' });
      await worked.waitFor('burning', ({ type, text }) => type === 'agent_output' && String(text).includes('burning'));
      const isCounted = ({ sandbox, sample }: Resources) =>
        sandbox === place &&
        Number(sample?.cpuMs) > 200 &&
        Number(sample?.memoryBytes) > 0 &&
        Number(sample?.processes) > 1;
      const sample = async () => (await read(worked.sessionId, 'ada', agents.engine)).body;
      await waitUntil(async () => isCounted(await sample()));
      const { diskBytes, cpus } = (await sample()).sample ?? assert.fail('no sample');
      assert.ok(Number(diskBytes) >= 3_000_000 && Number(cpus) > 0);
      worked.send({ type: 'interrupt' });
      await worked.waitForStatus('completed');
      await callAs(agents.engine, 'ada', 'DELETE', `/api/v1/sessions/${worked.sessionId}`);
      await waitUntilHolds(async () => assert.deepEqual(await sample(), atRest));
    },
  );
