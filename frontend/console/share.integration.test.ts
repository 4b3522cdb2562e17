// A session that is shared in the console, in a real browser: the link is made, opened without an account, and revoked.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { browserHooks, browserTest, openBrowser } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';

let engine: TestEngine;
let browser: Browser;
browserHooks.before(async () => {
  await requireConsole();
  engine = await startTestEngine({ environment: { ...developmentEnvironment, MOCK_STEP_DELAY_MS: '50' } });
  browser = await openBrowser();
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
});

/** A page of somebody whom the engine doesn't know, and what it has asked for. */
async function openStranger(link: string): Promise<{ page: Page; asked: string[] }> {
  const page = await (await browser.newContext({ viewport: { width: 1_280, height: 800 } })).newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(link);
  return { page, asked };
}

/** A page of somebody who has signed in and begun a task. */
async function openOwner(name: string, task: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1_280, height: 800 } })).newPage();
  await page.goto(`${engine.http}/console/`);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByLabel('What should the agent do').fill(task);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/console\/sessions\//);
  return page;
}

async function makeLink(page: Page, withWorkspace: boolean): Promise<string> {
  await page.getByRole('button', { name: 'More about this session' }).click();
  await page.getByRole('menuitem', { name: 'Share' }).click();
  if (withWorkspace) await page.getByLabel(/files of the workspace/).check();
  await page.getByRole('button', { name: 'Make a link' }).click();
  return page.getByLabel('The link, shown only now').inputValue();
}

browserTest('a link is made, opened by somebody without an account, and revoked while they watch', async () => {
  const owner = await openOwner('ada', 'Write hello world');
  const link = await makeLink(owner, true);
  const { page, asked } = await openStranger(link);
  await page.getByText('Hello from Lucid!').first().waitFor();
  await page.getByText(/the link expires in 7 days/).waitFor();
  await page.getByText('hello.py').first().waitFor();
  await page.getByRole('tab', { name: 'Files' }).click();
  await page.getByText('project').first().waitFor();
  assert.equal(await page.getByRole('textbox', { name: /Message/ }).count(), 0);
  assert.equal(await page.getByRole('link', { name: /Download|patch/i }).count(), 0);
  await page.reload();
  await page.getByText('Hello from Lucid!').first().waitFor();
  const token = new URL(link).hash.slice(1);
  assert.deepEqual(
    asked.filter((url) => url.split('#')[0]?.includes(token)),
    [],
  );
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!kept.includes('share_'), kept);
  await owner.getByRole('button', { name: 'Revoke', exact: true }).click();
  await owner.getByRole('button', { name: 'Keep it' }).click();
  await owner.getByRole('button', { name: 'Revoke', exact: true }).click();
  await owner.getByRole('button', { name: 'Revoke for good' }).click();
  await page.getByText('This link shows nothing any more').waitFor();
  await page.reload();
  await page.getByText('This link shows nothing any more').waitFor();
  await owner.getByText('Nobody can watch by a link now').waitFor();
  await owner.getByRole('button', { name: 'Close' }).click();
  await owner.getByRole('dialog').waitFor({ state: 'detached' });
});

browserTest('a link without the workspace shows the conversation alone, and a link that is cut says so', async () => {
  const owner = await openOwner('grace', 'Write hello world');
  const link = await makeLink(owner, false);
  const { page } = await openStranger(link);
  await page.getByText('Hello from Lucid!').first().waitFor();
  assert.equal(await page.getByRole('tab').count(), 0);
  const cut = await openStranger(link.slice(0, -3));
  await cut.page.getByText('This link is not whole').waitFor();
  const wrong = await openStranger(`${link.slice(0, -3)}AAA`);
  await wrong.page.getByText('This link shows nothing any more').waitFor();
});
