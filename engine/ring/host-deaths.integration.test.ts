// Hosts that throw, exit, loop or block are replaced, their sessions go on, and sessions of other hosts notice nothing.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { limits } from '../../schema/limits.ts';
import { hostDeathsMax } from '../server/engine-status.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { allowHarms, type Harm, harmfulThread } from '../testing/harmful-thread.ts';

async function started(t: TestContext, environment: Record<string, string> = {}): Promise<TestEngine> {
  const engine = await startTestEngine({
    environment: { HOST_THREADS: '2', ...environment },
    options: { hostThread: harmfulThread },
  });
  t.after(() => engine.close());
  return engine;
}

const start = async (engine: TestEngine, task: string) => TestClient.start(engine.ws, await signTestToken('ada'), task);

const epochsOf = ({ events }: TestClient) => [...new Set(events.map(({ epoch }) => epoch))];

function assertInOrder({ events }: TestClient): void {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  );
}

const ready = async (engine: TestEngine) => (await fetch(`${engine.http}/ready`)).status;

/** Harms host 0 while host 1 works on another session. */
async function assertSurvives(t: TestContext, harm: Harm): Promise<void> {
  const engine = await started(t, { MOCK_STEP_DELAY_MS: '100' });
  allowHarms(1);
  const harmful = await start(engine, 'behave');
  const neighbour = await start(engine, 'mind my own business');
  const [before, done] = await Promise.all([harmful, neighbour].map((client) => client.waitForStatus('completed')));
  harmful.send({ type: 'message', content: `harm: ${harm}` });
  neighbour.send({ type: 'message', content: 'go on' });
  assert.equal((await harmful.waitForStatus('completed', before?.sequence)).reason, 'finished');
  await neighbour.waitForStatus('completed', done?.sequence);
  assert.deepEqual([epochsOf(harmful), epochsOf(neighbour)], [[1, 2], [1]]);
  assert.deepEqual([engine.supervisor.hostDeaths, engine.supervisor.hostsAway], [1, 0]);
  assert.ok(neighbour.frames.every(({ type }) => type !== 'error'));
  for (const client of [harmful, neighbour]) assertInOrder(client);
  assert.equal(await ready(engine), 200);
}

test('a host with an uncaught error is replaced, and its session goes on', (t) => assertSurvives(t, 'throw'));
test('a host that exits is replaced', (t) => assertSurvives(t, 'exit'));
test('a host that loops is ended and replaced', (t) => assertSurvives(t, 'loop'));
test('a host caught in a catastrophic regular expression is ended and replaced', (t) => assertSurvives(t, 'regex'));
test('a host inside a blocking call is replaced before the call has ended', (t) => assertSurvives(t, 'block'));

test('a session that kills its host each time is ended with an event, and those beside it go on', async (t) => {
  const engine = await started(t, { HOST_THREADS: '1' });
  const resting = await start(engine, 'be done');
  await resting.waitForStatus('completed');
  allowHarms(100);
  const harmful = await start(engine, 'behave at first');
  await harmful.waitForStatus('completed');
  harmful.send({ type: 'message', content: 'harm: exit' });
  assert.equal(await harmful.closed, 1000);
  const last = harmful.events.at(-1);
  assert.deepEqual([last?.type, last?.code, last?.retryable], ['error', 'sessionCrashes', false]);
  assert.equal(engine.supervisor.hostDeaths, limits.reactivationsMax + 1);
  assertInOrder(harmful);

  const { sequence } = resting.events.at(-1) ?? {};
  resting.send({ type: 'message', content: 'and still here' });
  assert.equal((await resting.waitForStatus('completed', sequence)).reason, 'finished');
  assertInOrder(resting);
  const late = await TestClient.open(
    `${engine.ws}?token=${await signTestToken('ada')}&session_id=${harmful.sessionId}`,
  );
  await late.closed;
  assert.equal(late.events.at(-1)?.code, 'sessionCrashes');
});

test('an engine whose hosts die again and again says that it is not ready', async (t) => {
  const engine = await started(t);
  assert.equal(await ready(engine), 200);
  for (let deaths = 0; deaths <= hostDeathsMax; deaths++) {
    engine.supervisor.endHost(0);
    while (engine.supervisor.hostDeaths === deaths || engine.supervisor.hostsAway > 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await ready(engine), deaths < hostDeathsMax ? 200 : 503);
  }
});
