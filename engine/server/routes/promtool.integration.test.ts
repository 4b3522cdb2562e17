// Prometheus itself takes the metrics, the alerts and what the dashboard asks; where it isn't installed, the tests are left out.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { leaveOut } from '../../../sandbox/testing/left-out.ts';
import { findFreePort } from '../../database/embedded/free-port.ts';
import { TestClient } from '../../testing/client.ts';
import { deployFolder, listDashboardExpressions, readAlerts } from '../../testing/dashboard.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../testing/engine.ts';
import { waitUntil } from '../../testing/rest.ts';

const programs = ['promtool', 'prometheus']; // One package has both.
const isInstalled = programs.every((program) => spawnSync(program, ['--version']).status === 0);
if (!isInstalled && process.env.REQUIRE_PROMTOOL === '1')
  throw new Error('REQUIRE_PROMTOOL is 1, but promtool and prometheus are not installed.');

const tests: Record<string, (t: TestContext) => Promise<void>> = {
  'Prometheus finds nothing to complain of in the metrics': checkMetrics,
  'the alerts are rules that Prometheus takes, and each comes when it should and not before': checkAlerts,
  'every question of the dashboard has an answer of a real engine, or none where nothing has happened': askDashboard,
};
for (const [name, check] of Object.entries(tests)) {
  if (isInstalled) void test(name, check);
  else leaveOut(name, 'promtool is not installed');
}

/** Runs promtool in the folder of the rules. */
const promtool = (args: string[], input = '') =>
  spawnSync('promtool', args, { input, encoding: 'utf8', cwd: path.join(deployFolder, 'prometheus') });

/** An engine that has done something. */
async function startUsedEngine(t: TestContext): Promise<TestEngine> {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const client = await TestClient.start(engine.ws, await signTestToken('ada'), 'measure me');
  await client.waitForStatus('completed');
  await client.close();
  return engine;
}

async function checkMetrics(t: TestContext): Promise<void> {
  const engine = await startUsedEngine(t);
  const metrics = await (await fetch(`${engine.http}/metrics`)).text();
  assert.match(metrics, /lucid_event_loop_delay_seconds\{.*percentile="99"/);
  const { status, stdout, stderr } = promtool(['check', 'metrics'], metrics);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
}

async function checkAlerts(): Promise<void> {
  for (const args of [
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = promtool(args);
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  }
  const tried = await readFile(path.join(deployFolder, 'prometheus/alerts.test.yml'), 'utf8');
  const alerts = [...readAlerts().matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
  assert.deepEqual(
    alerts.filter((name) => !tried.includes(name)),
    [],
    'each alert has a test',
  );
}

async function askDashboard(t: TestContext): Promise<void> {
  const engine = await startUsedEngine(t);
  const url = await startPrometheus(t, engine.port);
  const ask = async (expr: string) => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    return (await answer.json()) as { status: string; error?: string; data: { result: { value: [number, string] }[] } };
  };
  const scrapes = async () => Number((await ask('count_over_time(lucid_sockets[1m])')).data?.result[0]?.value[1] ?? 0);
  await waitUntil(async () => (await scrapes()) >= 3);
  for (const { title, expr } of listDashboardExpressions()) {
    const { status, error, data } = await ask(expr);
    assert.equal(status, 'success', `${title}: ${error}`);
    if (!needsMore.test(expr)) assert.ok(data.result.length > 0, `${title} has nothing to show: ${expr}`);
  }
}

/** What a script that plays an agent doesn't do, and an engine that is alone. */
const needsMore = /lucid_model_|lucid_cluster_|lucid_sandbox_host_|lucid_webhook_|reason="failed"/;

async function startPrometheus(t: TestContext, enginePort: number): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-prometheus-'));
  const scrape = { job_name: 'lucid-engine', static_configs: [{ targets: [`127.0.0.1:${enginePort}`] }] };
  const config = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [scrape] };
  await writeFile(path.join(folder, 'prometheus.yml'), JSON.stringify(config)); // JSON is YAML.
  const address = `127.0.0.1:${await findFreePort()}`;
  const prometheus = spawn(
    'prometheus',
    [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`],
    { stdio: 'ignore' },
  );
  t.after(async () => {
    prometheus.kill();
    if (prometheus.exitCode === null) await once(prometheus, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  const isReady = () =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isReady);
  return `http://${address}`;
}
