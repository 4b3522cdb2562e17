// Prometheus' own tool takes the metrics; where promtool isn't installed, the test is left out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { leaveOut } from '../../../sandbox/testing/left-out.ts';
import { TestClient } from '../../testing/client.ts';
import { createTestDatabase } from '../../testing/database.ts';
import { signTestToken, startTestEngine } from '../../testing/engine.ts';

const isInstalled = spawnSync('promtool', ['--version']).status === 0;
if (!isInstalled && process.env.REQUIRE_PROMTOOL === '1')
  throw new Error('REQUIRE_PROMTOOL is 1, but promtool is not installed.');

const name = 'Prometheus finds nothing to complain of in the metrics';

if (isInstalled) void test(name, checkMetrics);
else leaveOut(name, 'promtool is not installed');

async function checkMetrics(): Promise<void> {
  const database = await createTestDatabase();
  const engine = await startTestEngine({ databaseUrl: database.url });
  try {
    const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'measure me');
    await client.waitForStatus('completed');
    const metrics = await (await fetch(`${engine.http}/metrics`)).text();
    assert.match(metrics, /lucid_event_loop_delay_seconds\{.*percentile="99"/);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: metrics,
      encoding: 'utf8',
    });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    await client.close();
  } finally {
    await engine.close();
    await database.drop();
  }
}
