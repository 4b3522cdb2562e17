// The console comes where what it loads is broken off, and where it doesn't the page says so and how to go on.
import type { Page } from 'playwright-core';
import { browserTest } from '../../engine/testing/chromium.ts';
import { waitUntil } from '../../engine/testing/rest.ts';
import { startTask } from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const shared = shareConsole();

/** A page before it goes anywhere. */
const openBlank = async () => (await shared.browser.openContext()).newPage();

/** Breaks off as many of the requests that match. @returns how many more it would */
async function breakOff(page: Page, path: RegExp, times: number): Promise<() => number> {
  let left = times;
  await page.route(path, (route) => (left-- > 0 ? route.abort('connectionreset') : route.continue()));
  return () => left;
}

const needed = {
  'the first script': /assets\/index-.*\.js/,
  'a script that others import': /assets\/react-dom-.*\.js/,
  'the style sheet': /assets\/index-.*\.css/,
  'who is signed in': /console\/session$/,
};
for (const [name, path] of Object.entries(needed))
  browserTest(`the console comes though ${name} was broken off`, async () => {
    const page = await openBlank();
    const leftOf = await breakOff(page, path, 2);
    await shared.browser.watch(page, '/console/');
    await waitUntil(() => leftOf() < 0);
    await page.getByLabel('Your name').waitFor();
    shared.browser.findNoTrouble();
    await page.context().close();
  });

browserTest('a console that can not be loaded says so, and comes once its page is loaded anew', async () => {
  const page = await openBlank();
  await page.route(/assets\/react-dom-/, (route) => route.abort('connectionreset'));
  await shared.browser.watch(page, '/console/');
  await page.getByText('The console has not come yet').waitFor();
  await page.unrouteAll();
  await page.reload();
  await page.getByLabel('Your name').waitFor();
  await page.getByText('The console has not come yet').waitFor({ state: 'detached' });
  shared.browser.findNoTrouble();
  await page.context().close();
});

browserTest('a page whose script never ends to come says so', async () => {
  const page = await openBlank();
  await page.route(/console\/start\.js|assets\/react-dom-/, () => undefined);
  await page.goto('/console/', { waitUntil: 'commit' });
  await page.getByText('The console has not come yet').waitFor();
  await page.context().close();
});

browserTest('an engine that is late to say who is signed in is told, and waited for', async () => {
  const page = await openBlank();
  const answer = Promise.withResolvers<void>();
  await page.route(/console\/session$/, async (route) => {
    await answer.promise;
    await route.continue();
  });
  await page.goto('/console/', { waitUntil: 'commit' });
  await page.getByText('The engine has not answered yet').waitFor();
  answer.resolve();
  await page.getByLabel('Your name').waitFor();
  await page.context().close();
});

browserTest('the page of a session comes though a part of it was broken off', async () => {
  const page = await shared.browser.signIn('ada');
  const leftOf = await breakOff(page, /assets\/(session-page|timeline)-.*\.js/, 2);
  await startTask(page, 'Write hello world');
  await waitUntil(() => leftOf() < 0);
  shared.browser.findNoTrouble();
  await page.context().close();
});
