// Signing in with a token, in a real browser, at an engine in production without a provider: as a user, and as an admin.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserHooks, browserTest } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { findFaults } from './testing/accessibility.ts';
import { ConsoleBrowser, findOverflow, narrow, taskField, waitForValue } from './testing/console-browser.ts';

const adminKey = 'an admin key for tests';

let engine: TestEngine;
let browser: ConsoleBrowser;
browserHooks.before(async () => {
  await requireConsole();
  engine = await startTestEngine({ environment: { ADMIN_KEY: adminKey } });
  browser = new ConsoleBrowser(engine);
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
});

const tokenField = (page: Page) => page.getByLabel('Token', { exact: true });
const adminLink = (page: Page) => page.getByRole('link', { name: 'Admin' });
const submit = (page: Page) => page.getByRole('button', { name: 'Sign in with a token' }).click();

/** Wherever a page keeps something that outlives it, or shows it. */
const readKept = (page: Page): Promise<string> =>
  page.evaluate(() =>
    JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }, document.cookie, name]),
  );

browserTest('somebody with a token signs in, and the page keeps it nowhere', async () => {
  const page = await browser.openPage();
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  const token = await signTestToken('ada');
  assert.equal(await tokenField(page).getAttribute('type'), 'password');
  await tokenField(page).fill(` ${token}\n`);
  await submit(page);
  await taskField(page).waitFor();
  assert.equal(await adminLink(page).count(), 0);
  for (const text of [await readKept(page), addresses.join()]) assert.ok(!text.includes(token));
  await page.reload();
  await taskField(page).waitFor();
  browser.findNoTrouble();
});

browserTest('a token that is none is refused in words, and both fields are empty again, on a phone too', async () => {
  const page = await browser.openPage(narrow);
  await tokenField(page).fill('no token');
  await page.getByLabel('Admin key').fill(adminKey);
  await submit(page);
  await page.getByRole('alert').getByText('The token is not valid.').waitFor();
  await waitForValue(tokenField(page), '');
  await waitForValue(page.getByLabel('Admin key'), '');
  assert.deepEqual(await findFaults(page), []);
  assert.equal(await findOverflow(page), 0);
  browser.findNoTrouble();
});

browserTest('who has the admin key beside a token gets to the page Admin, as the user of the token', async () => {
  const page = await browser.openPage();
  const signIn = async (key: string) => {
    await tokenField(page).fill(await signTestToken('grace'));
    await page.getByLabel('Admin key').fill(key);
    await submit(page);
  };
  await signIn('a wrong one');
  await page.getByRole('alert').getByText('The admin key is wrong.').waitFor();
  await signIn(adminKey);
  await adminLink(page).click();
  await page.getByRole('heading', { name: 'Admin' }).waitFor();
  await page.getByRole('button', { name: /Signed in as grace/ }).waitFor();
  assert.ok(!(await readKept(page)).includes(adminKey));
  browser.findNoTrouble();
});
