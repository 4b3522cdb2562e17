// What the engine says of itself, and clocks, judged without one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signTestToken } from '../../../engine/testing/engine.ts';
import { describeExpiry, judgeClock } from './judge-clock.ts';
import {
  describeHiddenMetrics,
  type EngineStatus,
  judgeAgents,
  judgeCluster,
  judgeDatabase,
  judgeReadiness,
  judgeSandbox,
  judgeVersion,
} from './judge-status.ts';

const status: EngineStatus = {
  service: 'Lucid AI Engine',
  version: '1.0.0',
  status: 'healthy',
  openhands_available: true,
  docker_available: true,
  active_sandboxes: 0,
  active_sessions: 0,
  llm_model: 'anthropic/claude-sonnet-4-5',
  mode: 'full',
  sandbox: 'docker',
  node: null,
  cluster: 'alone',
};

test('another major version than the known one is told, with which side to update', () => {
  assert.equal(judgeVersion(status).verdict, 'ok');
  assert.match(judgeVersion({ ...status, version: '2.1.0' }).mend ?? '', /this command/);
  assert.match(judgeVersion({ ...status, version: '0.9.0' }).mend ?? '', /the engine/);
});

test('an engine without a key is told how agents become real', () => {
  assert.equal(judgeAgents(status).verdict, 'ok');
  assert.match(judgeAgents({ ...status, mode: 'mock', openhands_available: false }).mend ?? '', /_API_KEY/);
});

test('each way in which sandboxes aren’t well gets a mend', () => {
  const judge = (sandbox: string, docker_available = true) => judgeSandbox({ ...status, sandbox, docker_available });
  assert.equal(judge('docker').verdict, 'ok');
  assert.equal(judge('local').verdict, 'ok');
  assert.equal(judge('memory').verdict, 'ok');
  assert.match(judge('docker', false).mend ?? '', /Docker/);
  assert.match(judge('docker, unusable: the image lucid-sandbox is missing').mend ?? '', /sandbox:build/);
  assert.deepEqual(
    [judge('docker, open: no firewall').verdict, judge('docker, full: no room').verdict],
    ['warn', 'warn'],
  );
  for (const words of ['docker, without root: its files belong to its root', 'local, without root'])
    assert.match(judge(words).mend ?? '', /SANDBOX_USER/);
  assert.match(judge('local, unconfined, without root').mend ?? '', /bubblewrap/);
  assert.match(judge('local, unconfined').mend ?? '', /bubblewrap/);
  assert.equal(judge('none: there is no Docker').verdict, 'warn');
});

test('each reason for not being ready gets a mend of its own', () => {
  assert.equal(judgeReadiness(undefined).verdict, 'ok');
  const reasons = [
    'The engine is going away.',
    'The engine takes no new sessions, and ends once nothing is at work.',
    'This engine cannot reach the others of its cluster.',
    'The database does not answer.',
    '2 of the host threads are being replaced.',
    'Agents have no sandbox: the image is missing.',
  ];
  const mends = reasons.map((reason) => judgeReadiness(reason).mend);
  assert.equal(new Set(mends).size, reasons.length);
});

test('an engine of a cluster says whether it is cut from the others, and one alone says nothing of that', () => {
  assert.equal(judgeCluster(status), undefined);
  assert.equal(judgeCluster({}), undefined, 'an earlier release');
  assert.equal(judgeCluster({ cluster: 'connected' })?.verdict, 'ok');
  for (const cluster of ['cut', 'isolated'] as const) {
    const judged = judgeCluster({ cluster });
    assert.equal(judged?.verdict, 'fail');
    assert.match(judged?.mend ?? '', /nats-servers.*CLUSTER_URL/);
  }
});

test('PostgreSQL is judged by what the metrics say of it', () => {
  const metrics = (available: number, commits: number, seconds: number) =>
    `lucid_storage_available ${available}\nlucid_commit_seconds_count ${commits}\nlucid_commit_seconds_sum ${seconds}\n`;
  assert.equal(judgeDatabase(metrics(1, 0, 0)).verdict, 'ok');
  assert.match(judgeDatabase(metrics(1, 100, 0.5)).found, /a COMMIT in 5\.0 ms/);
  assert.equal(judgeDatabase(metrics(1, 100, 50)).verdict, 'warn');
  assert.equal(judgeDatabase(metrics(0, 100, 0.5)).verdict, 'fail');
  assert.equal(judgeDatabase('# something else').verdict, 'warn');
  assert.match(describeHiddenMetrics(404).found, /\/metrics answers 404/);
});

test('clocks that differ by less than can be measured are the same', () => {
  const atMs = Date.UTC(2026, 1, 17, 10, 30);
  const judge = (offMs: number) => judgeClock(new Date(atMs + offMs).toUTCString(), atMs, atMs + 100).verdict;
  assert.deepEqual([0, 1_000, -1_000, 10_000, -10_000, 60_000, -60_000].map(judge), [
    'ok',
    'ok',
    'ok',
    'warn',
    'warn',
    'fail',
    'fail',
  ]);
  assert.equal(judgeClock(null, atMs, atMs).verdict, 'warn');
});

test('when a token expires is read off it, and what is no JWT is left alone', async () => {
  const nowMs = 1_700_000_000_000;
  const expiry = async (exp?: number) => describeExpiry(await signTestToken('ada', exp ? { exp } : {}), nowMs);
  assert.deepEqual(await expiry(1_700_003_600), { text: 'good for 1h 0m', isSoon: false });
  assert.deepEqual(await expiry(1_700_000_060), { text: 'good for 1m 0s', isSoon: true });
  assert.deepEqual(await expiry(1_699_999_940), { text: 'expired 1m 0s ago', isSoon: true });
  assert.equal((await expiry())?.text, 'never expires');
  assert.equal(describeExpiry('opaque', nowMs), undefined);
});
