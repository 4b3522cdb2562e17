// An engine that is killed between the COMMIT of events and their delivery loses none, and mixes up none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReportedSession } from '../../schema/protocol/routes/sessions.ts';
import { createTestDatabase } from '../testing/database.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { isSigned, Receiver } from './testing/receiver.ts';

const sessionsCount = 4;
const turnsCount = 3;
/** The queue gives up a killed engine's streams after 25 s, and looks every 5 s. */
const recoveryMsMax = 120_000;

/** A session with all its turns behind it: every one of them is stored. */
async function runTurns(engine: EngineProcess): Promise<string> {
  const asked = { task: 'Write hello world', autoStart: true };
  const { sessionId } = (await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', asked)).body;
  const path = `/api/v1/sessions/${sessionId}`;
  for (let turn = 1; turn <= turnsCount; turn++) {
    if (turn > 1) await callAs(engine, 'ada', 'POST', `${path}/messages`, { content: `Now turn ${turn}` });
    await waitUntil(async () => (await callAs<ReportedSession>(engine, 'ada', 'GET', path)).body.usage.turns >= turn);
  }
  return sessionId;
}

test('each event is delivered at least once, in order for each session, though the engine is killed', async (t) => {
  const [database, receiver] = await Promise.all([createTestDatabase(), Receiver.open()]);
  t.after(() => Promise.all([database.drop(), receiver.close()]));
  receiver.reply = () => undefined; // Whatever is on its way when the engine dies has not been taken.
  const environment = { ENCRYPTION_KEY: 'a key for tests', WEBHOOK_ALLOWED_HOSTS: receiver.host };
  const killed = await startEngineProcess(database.url, environment);
  const asked = { url: receiver.url, events: ['turn.completed'] };
  const made = await callAs<{ secret: string }>(killed, 'ada', 'POST', '/api/v1/webhooks', asked);
  const sessions = await Promise.all(Array.from({ length: sessionsCount }, () => runTurns(killed)));
  await receiver.waitForCount(1);
  await killed.kill();

  const heardBefore = receiver.received.length;
  receiver.reply = 204;
  const next = await startEngineProcess(database.url, environment);
  t.after(() => next.terminate());
  const deadline = performance.now() + recoveryMsMax;
  const heard = () => receiver.received.slice(heardBefore);
  while (new Set(heard().map(({ id }) => id)).size < sessionsCount * turnsCount) {
    assert.ok(performance.now() < deadline, `${heard().length} deliveries`);
    await delay(100);
  }
  for (const sessionId of sessions) {
    const ofSession = heard().flatMap(({ payload: { data } }) =>
      'sessionId' in data && data.sessionId === sessionId ? [data.sequence] : [],
    );
    assert.deepEqual(
      ofSession,
      [...ofSession].sort((a, b) => a - b),
    );
    assert.equal(new Set(ofSession).size, turnsCount);
  }
  for (const received of receiver.received) assert.ok(isSigned(received, made.body.secret));
});
