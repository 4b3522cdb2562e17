// The page of one's sessions in a real browser: a task begins there, and the list shows what becomes of it.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserTest } from '../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { findFaults } from './testing/accessibility.ts';
import {
  ConsoleBrowser,
  findOverflow,
  messageField,
  narrow,
  startTask,
  taskField,
  waitForCount,
  waitForFocus,
  waitForValue,
} from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const shared = shareConsole({ MOCK_STEP_DELAY_MS: '20' });

const sessions = '/api/v1/sessions';

/** As another page of the same person does. */
const call = <Answer>(page: Page, method: string, path: string, body?: object): Promise<Answer> =>
  page.evaluate(
    async (asked) => {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(asked.path, { method: asked.method, headers, body: asked.body ?? null });
      return (await answer.json()) as never;
    },
    { method, path, body: body && JSON.stringify(body) },
  );

const create = async (page: Page, task: string, autoStart = true): Promise<string> =>
  (await call<{ sessionId: string }>(page, 'POST', sessions, { task, autoStart })).sessionId;

const group = (page: Page, name: string) => page.getByRole('region', { name });
const endless = 'Emit 2000 events, 1 every 50 ms';

browserTest('a task is written, started, left and found again by keys alone', async () => {
  const page = await shared.browser.signIn('keys');
  await page.keyboard.press('n');
  await waitForFocus(taskField(page));
  await page.keyboard.type('Write hello world');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('in two lines');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/console\/sessions\//);
  await page.getByRole('heading', { name: 'Write hello world in two lines' }).waitFor();
  await page.getByText('Done in mock mode').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').waitFor();
  await page.keyboard.type('Sessions');
  await page.getByRole('option', { name: 'Sessions', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await group(page, 'Done').getByRole('link').waitFor();
  await page.locator('body').press('j');
  await waitForFocus(group(page, 'Done').getByRole('link'));
  await page.keyboard.press('Enter');
  await messageField(page).waitFor();
  shared.browser.findNoTrouble();
});

browserTest('the list follows sessions through what becomes of them, without a reload', async () => {
  const page = await shared.browser.signIn('live');
  await page.getByText('Start your first session').waitFor();
  const works = await create(page, endless);
  await group(page, 'Working').getByRole('link', { name: endless }).waitFor();
  await create(page, 'Write hello world');
  await group(page, 'Done').getByText('ready').waitFor();
  await call(page, 'POST', `${sessions}/${works}/interrupt`, {});
  await group(page, 'Needs you').getByText('interrupted').waitFor();
  await call(page, 'DELETE', `${sessions}/${works}`);
  await group(page, 'Done').getByText('stopped').waitFor();
  await waitForCount(group(page, 'Needs you'), 0);
  shared.browser.findNoTrouble();
});

browserTest('nothing moves while somebody points at the list, and what changed is shown in place', async () => {
  const page = await shared.browser.signIn('held');
  const works = await create(page, endless);
  const row = page.getByRole('link', { name: endless });
  await row.getByText('working').waitFor();
  await row.hover();
  // In the page, where no busy machine comes between two movements.
  const pointing = await row.evaluate((element) =>
    setInterval(() => element.dispatchEvent(new PointerEvent('pointermove', { bubbles: true })), 100),
  );
  await call(page, 'POST', `${sessions}/${works}/interrupt`, {});
  await group(page, 'Working').getByText('interrupted').waitFor();
  await page.evaluate((timer) => clearInterval(timer), pointing);
  await group(page, 'Needs you').getByText('interrupted').waitFor();
  shared.browser.findNoTrouble();
});

browserTest('a search narrows the list, and where nothing is found History goes on with it', async () => {
  const page = await shared.browser.signIn('search');
  await create(page, 'Mend the login page');
  await create(page, 'Write hello world');
  await group(page, 'Done').getByRole('link').nth(1).waitFor();
  await page.locator('body').press('/');
  await waitForFocus(page.getByLabel('Search sessions'));
  await page.keyboard.type('LOGIN');
  await page.getByRole('link', { name: 'Write hello world' }).waitFor({ state: 'detached' });
  await page.keyboard.press('ArrowDown');
  await waitForFocus(page.getByRole('link', { name: 'Mend the login page' }));
  await page.getByLabel('Search sessions').fill('7');
  await page.getByRole('link', { name: 'Search in what was said' }).waitFor();
  await page.getByLabel('Search sessions').fill('mock mode');
  await page.getByRole('link', { name: 'Search in what was said' }).click();
  await page.locator('mark', { hasText: 'mock' }).first().waitFor();
  assert.equal(new URL(page.url()).searchParams.get('q'), 'mock mode');
  shared.browser.findNoTrouble();
});

browserTest('what the engine refuses stands beside its field in its words, and the task is still there', async (t) => {
  const other = new ConsoleBrowser(shared.engine); // Chromium itself reports a refused request.
  t.after(() => other.close());
  const page = await other.signIn('refused', narrow);
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('Repository').fill('ssh://git@example.com/a');
  await taskField(page).fill('Clone it');
  await taskField(page).press('Enter');
  await page
    .getByRole('alert')
    .filter({ hasText: /https?/i })
    .waitFor();
  await page.getByLabel('Repository').and(page.locator('[aria-invalid=true]')).waitFor();
  assert.equal(await taskField(page).inputValue(), 'Clone it');
  assert.deepEqual(await findFaults(page), []);
  assert.equal(await findOverflow(page), 0);
  await page.getByLabel('Repository').fill('');
  await taskField(page).press('Enter');
  await messageField(page).waitFor();
});

browserTest('the choices of a task are there for the next one, and no secret is kept', async () => {
  const page = await shared.browser.signIn('chooser');
  await page.getByRole('button', { name: 'Options' }).click();
  await page.getByLabel('Provider').selectOption('google');
  await page.getByLabel('Effort').selectOption('high');
  await page.getByLabel('When to ask me').selectOption('plan');
  await page.getByLabel('Budget in US dollars').fill('much');
  await page.getByLabel('Your name for commits').fill('Ada');
  await taskField(page).fill('Write hello world');
  await page.keyboard.press('Enter');
  await page.getByText('must be a number').waitFor();
  await page.getByLabel('Budget in US dollars').fill('2');
  await page.getByLabel('Git token').fill('ghp_secret');
  await startTask(page, 'Write hello world');
  await page.goto('/console/');
  await page.getByText('google · high effort · $2 at most · plans first').waitFor();
  await page.getByRole('button', { name: 'Options' }).click();
  await waitForValue(page.getByLabel('Your name for commits'), 'Ada');
  await waitForValue(page.getByLabel('Git token'), '');
  const kept = await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  assert.ok(kept.includes('Ada') && !kept.includes('secret'));
  shared.browser.findNoTrouble();
});

browserTest('of hundreds of sessions the newest are shown, and older ones page by page, each once', async () => {
  const page = await shared.browser.signIn('many');
  const total = 125;
  for (let at = 0; at < total; at++) {
    const id = await create(page, `Task number ${at}`, false);
    await call(page, 'DELETE', `${sessions}/${id}`);
  }
  await page.goto('/console/');
  const rows = group(page, 'Done').getByRole('link');
  await rows.nth(9).waitFor();
  await waitForCount(rows, 10);
  for (const shown of [60, 110, total]) {
    await page.getByRole('button', { name: 'Show older' }).click();
    await rows.nth(shown - 1).waitFor();
  }
  const newestFirst = Array.from({ length: total }, (_, at) => `Task number ${total - 1 - at}`);
  await waitUntilHolds(async () => assert.deepEqual(await rows.locator('bdi').allTextContents(), newestFirst));
  await waitForCount(page.getByRole('button', { name: 'Show older' }), 0);
  await page.goto('/console/');
  await page.getByLabel('Search sessions').fill('number 3');
  await page.getByRole('link', { name: /Task number 3 / }).waitFor();
  shared.browser.findNoTrouble();
});
