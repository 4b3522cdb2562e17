// A test fails by an undeclared frame of a row that another version of the engine stored; a client gets the frame.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool, sql } from 'slonik';
import { TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine } from '../testing/engine.ts';

for (const [environment, outcome] of [
  ['development', 'hears them all'],
  ['test', 'is refused'],
] as const)
  test(`with NODE_ENV=${environment} who attaches to events of unknown types ${outcome}`, async () => {
    const engine = await startTestEngine({ environment: { NODE_ENV: environment } });
    const token = await signTestToken('ada');
    const client = await TestClient.start(engine.ws, token, 'Write hello world');
    const { sequence = 0 } = await client.waitForStatus('completed');
    await client.close();
    const pool = await createPool(engine.databaseUrl);
    await pool.query(sql.unsafe`UPDATE chat_messages SET event_type = 'FutureAction' WHERE event_type = 'ThinkAction'`);
    await pool.end();
    const again = await TestClient.open(`${engine.ws}?token=${token}&session_id=${client.sessionId}`);
    if (environment === 'test') assert.equal(await again.closed, 4029);
    else await again.waitFor('the last event', (frame) => frame.type === 'status' && frame.sequence === sequence);
    const unknown = again.frames.filter(({ eventType }) => eventType === 'FutureAction');
    assert.equal(unknown.length > 0, environment === 'development');
    await engine.close();
  });
