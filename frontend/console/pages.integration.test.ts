// Every page of the console, in light and dark, wide and narrow: axe finds nothing wrong, and people get pictures to look at.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserHooks, browserTest } from '../../engine/testing/chromium.ts';
import { requireConsole } from '../../engine/testing/console.ts';
import { startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { developmentEnvironment } from '../../engine/testing/sign-in.ts';
import { findFaults } from './testing/accessibility.ts';
import { ConsoleBrowser, findOverflow, type Look, startTask, taskField } from './testing/console-browser.ts';
import { takePicture } from './testing/screenshots.ts';

const looks: Look[] = [1280, 360].flatMap((width) => [
  { scheme: 'light', width },
  { scheme: 'dark', width },
]);

let engine: TestEngine;
let browser: ConsoleBrowser;
let sessionId: string;
browserHooks.before(async () => {
  await requireConsole();
  engine = await startTestEngine({ environment: developmentEnvironment });
  browser = new ConsoleBrowser(engine);
  const page = await browser.signIn('ada');
  sessionId = await startTask(page, 'Write hello world');
  await page.getByText('Done in mock mode').first().waitFor();
  await page.close();
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
});

/** A page, and what is there once it is whole. */
type Shown = { name: string; path(): string; isThere(page: Page): Promise<void> };

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();
const tab = (name: string) => async (page: Page) => {
  await page.getByRole('tab', { name }).click();
  await page.waitForLoadState('networkidle');
};
const openPalette = async (page: Page) => {
  await taskField(page).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
};
const sessionPath = () => `/console/sessions/${sessionId}`;

const shownPages: Shown[] = [
  { name: 'sessions', path: () => '/console/', isThere: text('Write hello world') },
  { name: 'session', path: sessionPath, isThere: text('Done in mock mode') },
  { name: 'changes', path: sessionPath, isThere: tab('Changes') },
  { name: 'files', path: sessionPath, isThere: tab('Files') },
  { name: 'resources', path: sessionPath, isThere: tab('Resources') },
  { name: 'history', path: () => '/console/history', isThere: text('Write hello world') },
  { name: 'replay', path: () => `/console/replay/${sessionId}`, isThere: text('Write hello world') },
  { name: 'admin', path: () => '/console/admin', isThere: text('Drain') },
  { name: 'admin-sessions', path: () => '/console/admin?tab=sessions', isThere: text('Write hello world') },
  { name: 'admin-users', path: () => '/console/admin?tab=users', isThere: text('ada') },
  {
    name: 'admin-costs',
    path: () => '/console/admin?tab=costs',
    isThere: (page) => page.getByRole('tabpanel').waitFor(),
  },
  { name: 'admin-metrics', path: () => '/console/admin?tab=metrics', isThere: text(/lucid_/) },
  { name: 'share-of-nobody', path: () => '/console/share#share_of-nobody', isThere: text('This link') },
  { name: 'palette', path: () => '/console/', isThere: openPalette },
  { name: 'not-found', path: () => '/console/nowhere', isThere: text('There is nothing at this address') },
];

for (const look of looks) {
  const { scheme, width } = look;
  browserTest(`every page is without a finding of axe in ${scheme} at ${width} px, and none is wider`, async () => {
    const faults: string[] = [];
    const check = async (page: Page, name: string) => {
      await takePicture(page, name, look);
      faults.push(...(await findFaults(page)).map((fault) => `${name}: ${fault}`));
      const overflow = await findOverflow(page);
      if (overflow > 0) faults.push(`${name}: It is ${overflow} px too wide.`);
    };
    const page = await browser.openPage(look);
    await page.getByLabel('Your name').waitFor();
    await check(page, 'sign-in');
    await page.getByLabel('Your name').fill('ada');
    await page.keyboard.press('Enter');
    await taskField(page).waitFor();
    for (const { name, path, isThere } of shownPages) {
      await page.goto(path());
      await isThere(page);
      await page.waitForLoadState('networkidle');
      await check(page, name);
    }
    await page.context().close();
    assert.deepEqual(faults, []);
    browser.findNoTrouble();
  });
}
