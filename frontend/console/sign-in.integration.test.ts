// Signing in at an organisation's provider, in a real browser: there by a press, back to the page that was asked for, and out.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserHooks, browserTest } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { createTestDatabase, type TestDatabase } from '../../engine/testing/database.ts';
import { startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { startTestProvider, type TestProvider, testClient } from '../../engine/testing/oidc.ts';
import { ConsoleBrowser, startTask, taskField } from './testing/console-browser.ts';

let provider: TestProvider;
let database: TestDatabase;
let engine: TestEngine;
let browser: ConsoleBrowser;
browserHooks.before(async () => {
  [provider, database] = await Promise.all([startTestProvider(), createTestDatabase(), requireConsole()]);
  const environment = {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: testClient.id,
    OIDC_CLIENT_SECRET: testClient.secret,
    OIDC_ADMIN_GROUP: 'admins',
  };
  engine = await startTestEngine({ databaseUrl: database.url, environment });
  provider.register(engine);
  provider.accounts.set('ada', { name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true, groups: [] });
  browser = new ConsoleBrowser(engine);
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
  await Promise.all([provider?.close(), database?.drop()]);
});

/** The provider's own pages: a login, and whether one agrees. */
async function signInAtProvider(page: Page, login: string): Promise<void> {
  await page.getByRole('button', { name: 'Continue with your organisation' }).click();
  await page.locator('input[name="login"]').fill(login);
  await page.locator('input[name="password"]').fill('any');
  await page.locator('button[type="submit"]').click();
  const agree = page.getByRole('button', { name: 'Continue', exact: true });
  await agree
    .or(taskField(page))
    .or(page.getByRole('heading', { name: 'History' }))
    .first()
    .waitFor();
  if (await agree.isVisible()) await agree.click();
}

browserTest(
  'somebody signs in at the provider, comes back to the page that was asked for, works and signs out',
  async () => {
    const page = await (await browser.openContext()).newPage();
    await page.goto('/console/history');
    await signInAtProvider(page, 'ada');
    await page.getByRole('heading', { name: 'History' }).waitFor();
    await page.waitForURL(`${engine.http}/console/history`); // Nothing of the provider's stays in the address.
    assert.equal(await page.getByRole('link', { name: 'Admin' }).count(), 0);
    await page.goto('/console/');
    await startTask(page, 'Write hello world');
    await page.getByText('Done in mock mode').first().waitFor();
    await page.getByRole('button', { name: /Signed in as Ada Lovelace/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.origin === provider.issuer || url.pathname === '/console/');
    await page.goto('/console/');
    await page.getByRole('button', { name: 'Continue with your organisation' }).waitFor();
  },
);
