// Load on a real engine: clients come, work and go, and each error has a code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestEngine, testSecret } from '../../engine/testing/engine.ts';
import { loadDeployment } from './load-deployment.ts';
import { type LoadOptions, readLoadOptions } from './load-options.ts';
import { LoadTally } from './load-tally.ts';

const optionsFor = (ws: string, ...more: string[]): LoadOptions =>
  readLoadOptions(['--url', ws, '--clients', '5', '--think', '1ms', ...more]);

/** Clients that meet an error leave by themselves, long before they would have to. */
async function loadUntilAllHaveLeft(url: string, token: string): Promise<LoadTally> {
  const tally = new LoadTally();
  const options = optionsFor(url, '--token', token, '--ramp', '1ms', '--hold', '60s');
  await loadDeployment(options, tally, new AbortController().signal);
  return tally;
}

test('clients start sessions, get acknowledgements and turns, and leave at once on a signal', async (t) => {
  const engine = await startTestEngine({ environment: { COMMANDS_PER_SECOND: '0' } });
  t.after(() => engine.close());
  const tally = new LoadTally();
  const options = optionsFor(engine.ws, '--secret', testSecret, '--ramp', '100ms', '--hold', '60s');
  const interruption = new AbortController();
  const loading = loadDeployment(options, tally, interruption.signal);
  while (tally.count('turn') < 10 && tally.errors === 0) await sleep(5);
  interruption.abort();
  await loading;
  assert.deepEqual(tally.errorsByCode, []);
  assert.equal(tally.count('connect'), 5);
  assert.ok(tally.count('acknowledged') >= tally.count('turn'));
  assert.equal(tally.open, 0);
});

test('an invalid token is an error of each client', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const tally = await loadUntilAllHaveLeft(engine.ws, 'nonsense');
  assert.equal(new Map(tally.errorsByCode).get('closed 4010'), 5);
  assert.equal(tally.count('acknowledged'), 0);
});

test('an unreachable engine is an error of each client', async () => {
  const tally = await loadUntilAllHaveLeft('ws://127.0.0.1:1', 'x');
  assert.deepEqual(tally.errorsByCode, [['ECONNREFUSED', 5]]);
});
