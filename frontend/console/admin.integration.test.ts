// The operator's page in a real browser: everybody's sessions are seen and stopped, costs and metrics drawn, the engine drained.
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { storeBatch } from '../../actors/persistence/store-batch.ts';
import { SessionWrites } from '../../actors/testing/session-writes.ts';
import { status as statusEvent } from '../../actors/testing/stored-events.ts';
import { DirectWrites } from '../../engine/database/direct-writes.ts';
import { browserHooks, browserTest, openBrowser } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { developmentEnvironment, TestBrowser } from '../../engine/testing/sign-in.ts';
import { findFaults } from './testing/accessibility.ts';
import { findOverflow, waitForCount } from './testing/console-browser.ts';

const hostileUser = '<img src=x onerror=alert(1)>\u202egnp';

let engine: TestEngine;
let browser: Browser;
browserHooks.before(async () => {
  await requireConsole();
  engine = await startTestEngine({ environment: { ...developmentEnvironment, MOCK_STEP_DELAY_MS: '3000' } });
  await storeUsage(hostileUser);
  browser = await openBrowser();
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
});

/** Turns of somebody, one on each of the last five days. */
async function storeUsage(user: string): Promise<void> {
  const pool = await openPool(engine.databaseUrl, {
    connectionsMax: 1,
    statementTimeoutMs: 20_000,
    onError: () => undefined,
  });
  await new DirectWrites(pool).ensureUser(user);
  const session = new SessionWrites('of-somebody');
  const usage = {
    inputTokens: 9_000,
    outputTokens: 400,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    steps: 3,
    durationMs: 5_000,
    costUsd: 2.5,
  };
  const end = statusEvent('completed', { reason: 'finished', readThrough: 1, usage });
  const ends = [0, 1, 2, 3, 4].map((days) =>
    session.eventWrite({ ...end, createdAtMs: Date.now() - days * 86_400_000 }),
  );
  await storeBatch(
    pool,
    [session.openWrite(user), ...ends].map((write) => ({ host: 0, write })),
    new Map(),
  );
  await pool.end();
}

type Look = { width: number; colorScheme: 'light' | 'dark' };

async function openAdmin(tab: string, { width, colorScheme }: Look = { width: 1_280, colorScheme: 'light' }) {
  const page = await (await browser.newContext({ viewport: { width, height: 800 }, colorScheme })).newPage();
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('dialog', (dialog) => trouble.push(dialog.message()));
  await page.goto(`${engine.http}/console/`);
  await page.getByLabel('Your name').fill('root');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Admin' }).waitFor();
  await page.goto(`${engine.http}/console/admin?tab=${tab}`);
  return { page, trouble };
}

async function makeSession(
  user: string,
  task = `The work of ${user}`,
): Promise<{ owner: TestBrowser; sessionId: string }> {
  const owner = new TestBrowser(engine);
  await owner.signIn(user);
  const { body } = await owner.call<{ sessionId: string }>('POST', '/api/v1/sessions', { task, autoStart: true });
  return { owner, sessionId: body.sessionId };
}

browserTest('an admin finds the session of somebody else, and stops it after having been asked', async () => {
  const { owner, sessionId } = await makeSession('ada');
  const { page, trouble } = await openAdmin('sessions');
  await page.getByText(hostileUser.slice(0, 28)).first().waitFor(); // It is shown as text.
  await page.getByLabel('Of the user').fill('ada');
  const stop = page.getByRole('button', { name: 'Stop the session of ada: The work of ada' });
  await stop.click();
  await page.getByRole('button', { name: 'Let it go on' }).click();
  await stop.click();
  await page.getByRole('button', { name: 'Stop for good' }).click();
  await page.getByText('The session of ada was stopped.').first().waitFor();
  await page.getByText('No such sessions').waitFor();
  await page.getByLabel('Show').selectOption('stopped');
  await page.getByText('The work of ada').first().waitFor();
  const { body } = await owner.call<{ state: string }>('GET', `/api/v1/sessions/${sessionId}`);
  assert.equal(body.state, 'stopped');
  assert.deepEqual(trouble, []);
});

browserTest('an admin signs somebody out after having been asked, whose browser has to sign in again', async () => {
  const { owner } = await makeSession('leaver');
  const { page, trouble } = await openAdmin('users');
  await page.getByRole('button', { name: 'Sign out leaver everywhere' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await owner.call('GET', '/api/v1/sessions')).status, 200);
  await page.getByRole('button', { name: 'Sign out leaver everywhere' }).click();
  await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await page.getByText('leaver was signed out.').first().waitFor();
  assert.equal((await owner.call('GET', '/api/v1/sessions')).status, 401);
  assert.deepEqual(trouble, []);
});

browserTest('costs are shown by day and user, and one user’s part is singled out', async () => {
  const { page, trouble } = await openAdmin('costs');
  await page.getByText('$12.50').first().waitFor();
  const bars = page.getByRole('list', { name: 'By day' }).getByRole('listitem');
  await waitForCount(bars, 30);
  await page.getByRole('button', { name: hostileUser.slice(0, 28) }).click();
  const yesterday = bars.nth(28); // Of whatever day it has become since.
  await waitUntilHolds(async () => assert.match((await yesterday.textContent()) ?? '', /\$2\.50, \$2\.50 of /));
  await page.getByLabel('Of', { exact: true }).selectOption('7');
  await page.getByLabel('Show').selectOption('turns');
  await page.getByText(/^5$/).first().waitFor();
  await waitForCount(bars, 7);
  assert.deepEqual(trouble, []);
});

browserTest('all that is measured is drawn over time, by code that comes with the first chart', async () => {
  const { page, trouble } = await openAdmin('engine');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.getByRole('heading', { name: 'Hosts' }).waitFor();
  await page.getByRole('table').first().getByRole('cell', { name: '0' }).first().waitFor();
  assert.ok(!asked.some((url) => url.includes('line-plot')));
  await page.getByRole('tab', { name: 'Metrics' }).click();
  await page.getByRole('img', { name: 'lucid_commit_seconds over time' }).locator('canvas').waitFor();
  assert.ok(asked.some((url) => url.includes('line-plot')));
  await page.locator('canvas').nth(15).waitFor();
  await page.getByLabel('Search metrics').fill('event loop');
  await page.getByText('gateway p99').waitFor();
  await waitForCount(page.locator('canvas'), 1);
  assert.deepEqual(trouble, []);
});

browserTest(
  'an engine is drained only after having been asked, and takes sessions again when that is taken back',
  async () => {
    const readiness = async () => (await fetch(`${engine.http}/ready`)).status;
    // Its turn takes longer than the drain is thought over.
    const { owner, sessionId } = await makeSession('busy', 'Emit 2000 events, 1 every 100 ms');
    const { page, trouble } = await openAdmin('engine');
    await page.getByText(/One engine has .* live sessions/).waitFor();
    await page.getByRole('button', { name: 'Drain…' }).click();
    await page.getByLabel('Wait for turns at most').waitFor();
    await page.keyboard.press('Escape');
    await page.getByLabel('Wait for turns at most').waitFor({ state: 'detached' });
    assert.equal(await readiness(), 200);
    await page.getByRole('button', { name: 'Drain…' }).click();
    await page.getByLabel('Wait for turns at most').selectOption('28800');
    await page.getByRole('button', { name: 'Drain and end' }).click();
    await page.getByRole('button', { name: 'Take new sessions again' }).click();
    await page.getByRole('button', { name: 'Drain…' }).waitFor();
    assert.equal(await readiness(), 200);
    assert.equal((await owner.ask('POST', '/api/v1/sessions', { task: 'Go on' })).status, 200);
    assert.equal((await owner.ask('DELETE', `/api/v1/sessions/${sessionId}`)).status, 200);
    assert.deepEqual(trouble, []);
  },
);

browserTest('whoever is no admin is told so, and asks nothing that is an admin’s', async (t) => {
  const closed = await startTestEngine();
  t.after(() => closed.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${closed.http}/console/`);
  const token = await signTestToken('eve');
  await page.evaluate(
    (given) =>
      fetch('/console/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token: given }),
      }),
    token,
  );
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${closed.http}/console/admin`);
  await page.getByText('This page is for admins').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Admin' }).count(), 0);
  assert.deepEqual(
    asked.filter((url) => url.includes('/api/v1/admin')),
    [],
  );
});

for (const look of [
  { width: 1_280, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const)
  browserTest(`no tab has a finding of axe in ${look.colorScheme} at ${look.width} px, and none is wider`, async () => {
    const { page } = await openAdmin('engine', look);
    const faults: string[] = [];
    for (const name of ['Engine', 'Sessions', 'Users', 'Costs', 'Metrics']) {
      await page.getByRole('tab', { name }).click();
      await page
        .getByRole('tabpanel')
        .getByText(/^(Hosts|Fix|The work of|User|\$12\.50|lucid_sockets)/)
        .first()
        .waitFor();
      faults.push(...(await findFaults(page)).map((fault) => `${name}: ${fault}`));
      const overflow = await findOverflow(page);
      if (overflow > 0) faults.push(`${name}: It is ${overflow} px too wide.`);
    }
    assert.deepEqual(faults, []);
  });
