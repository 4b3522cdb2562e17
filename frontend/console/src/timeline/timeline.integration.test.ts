// The timeline in a browser: thousands of events, reading while more comes, links, keys, and what axe says of it.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { browserHooks, browserTest, openBrowser } from '../../../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../../../engine/testing/rest.ts';
import { waitForCount } from '../../testing/console-browser.ts';
import type { SessionEvent } from '../lucid.ts';
import { findAxeProblems } from './testing/axe.ts';
import { EventWriter, writeLongSession } from './testing/events.ts';
import { hostileEvents } from './testing/hostile-events.ts';
import { TimelinePages, waitUntilAtRest } from './testing/timeline-page.ts';

let browser: Browser;
let pages: TimelinePages;
browserHooks.before(async () => {
  browser = await openBrowser();
  pages = await TimelinePages.open(browser);
});
browserHooks.after(async () => {
  await browser?.close();
});

const show = (page: Page, events: readonly SessionEvent[], asked: Parameters<typeof onPage.show>[1] = {}) =>
  page.evaluate(([all, more]) => onPage.show(all, more), [events, asked] as const);
const feedOf = (page: Page) => page.getByRole('feed');
const waitUntilAtEnd = (page: Page) => waitUntilAtRest(page, { isAtEnd: true });
const jumpButton = (page: Page) => page.getByRole('button', { name: /Jump to latest/ });

browserTest('of ten thousand events the last are shown first, and those in sight alone are drawn', async () => {
  const { page } = await pages.openPage();
  const events = [
    ...writeLongSession(9_998),
    ...new EventWriter(9_999).add('MessageAction', 'The very last').complete().events,
  ];
  await show(page, events);
  await page.getByText('The very last').waitFor();
  await waitUntilAtEnd(page);
  assert.ok((await page.getByRole('article').count()) < 60);
  await feedOf(page).press('Home');
  await page.getByText('Step 1:').waitFor();
  assert.ok((await page.getByRole('article').count()) < 60);
  await page.context().close();
});

browserTest('while one is at the end, the end is what one sees, however much comes', async () => {
  const { page } = await pages.openPage();
  for (let count = 100; count <= 2_000; count += 100) await show(page, writeLongSession(count));
  await waitUntilAtEnd(page);
  await waitForCount(jumpButton(page), 0);
  await page.context().close();
});

browserTest('who reads further up is left in peace while more comes, and told how much', async () => {
  const { page } = await pages.openPage();
  await show(page, writeLongSession(1_000));
  await waitUntilAtEnd(page);
  await feedOf(page).hover();
  for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, -400);
  await jumpButton(page).waitFor();
  await waitUntilAtRest(page); // What was drawn on the way is measured.
  const placeOf = () =>
    page.evaluate(() => {
      const articles = [...document.querySelectorAll<HTMLElement>('article')];
      const first = articles.find((article) => article.getBoundingClientRect().top > 100);
      return [first?.dataset.key, Math.round(first?.getBoundingClientRect().top ?? 0)];
    });
  const before = await placeOf();
  for (let count = 1_040; count <= 1_400; count += 40) await show(page, writeLongSession(count));
  await waitUntilAtRest(page);
  assert.deepEqual(await placeOf(), before);
  await page.getByRole('button', { name: /Jump to latest \(\d+ new\)/ }).click();
  await waitUntilAtEnd(page);
  await waitForCount(jumpButton(page), 0);
  await page.context().close();
});

browserTest('who reads is left in peace, too, when events that are no longer kept go', async () => {
  const { page } = await pages.openPage();
  const all = writeLongSession(12_000);
  await show(page, all.slice(0, 10_000));
  await waitUntilAtEnd(page);
  await feedOf(page).evaluate((feed) => {
    feed.scrollTop -= 3_000;
  });
  await jumpButton(page).waitFor();
  await waitUntilAtRest(page);
  const placeOf = (key?: string) =>
    page.evaluate((asked) => {
      const articles = [...document.querySelectorAll<HTMLElement>('article')];
      const found = articles.find((article) =>
        asked === undefined ? article.getBoundingClientRect().top > 100 : article.dataset.key === asked,
      );
      return { key: found?.dataset.key ?? '', top: Math.round(found?.getBoundingClientRect().top ?? 0) };
    }, key);
  const before = await placeOf();
  await show(page, all.slice(1_000, 11_000));
  await waitUntilAtRest(page);
  assert.deepEqual(await placeOf(before.key), before);
  await page.context().close();
});

browserTest('a link leads to its event, which is marked, and stays there while more comes', async () => {
  const { page } = await pages.openPage();
  const events = writeLongSession(2_000);
  await show(page, events.slice(0, 500), { linkedSequence: 1_111 });
  await show(page, events, { linkedSequence: 1_111 });
  const linked = page.locator('article.bg-accent-soft');
  await linked.waitFor();
  assert.ok(await linked.evaluate((item) => Number(item.dataset.key) <= 1_111));
  await show(page, writeLongSession(2_300), { linkedSequence: 1_111 });
  await waitUntilAtRest(page);
  const box = await linked.boundingBox();
  assert.ok(box && box.y > 0 && box.y < 800);
  await page.context().close();
});

browserTest('keys go from item to item and open what is folded', async () => {
  const { page } = await pages.openPage();
  const writer = new EventWriter()
    .say('InitialTask', 'Begin')
    .add('ThinkAction', 'First line\nSecond line')
    .run('ls', 'a');
  await show(page, writer.complete().events);
  const waitUntilFocused = (label: string) => page.locator(`[aria-label="${label}"]:focus`).waitFor();
  const waitUntilOpen = (isOpen: boolean) => page.getByRole('button', { name: /Thought/, expanded: isOpen }).waitFor();
  await waitUntilAtRest(page);
  await page.keyboard.press('j');
  await waitUntilFocused('Message');
  await page.keyboard.press('ArrowDown');
  await waitUntilFocused('Thought');
  await page.keyboard.press('Enter');
  await waitUntilOpen(true);
  await page.keyboard.press('Enter');
  await waitUntilOpen(false);
  for (const key of ['j', 'j', 'j', 'k', 'ArrowUp']) await page.keyboard.press(key);
  await waitUntilFocused('Thought');
  await page.context().close();
});

browserTest('what one has opened stays open when one comes back to it', async () => {
  const { page } = await pages.openPage();
  await show(page, [...new EventWriter().add('ThinkAction', 'Kept open').events, ...writeLongSession(1_000, 2)]);
  await waitUntilAtEnd(page);
  await feedOf(page).press('Home');
  await page.getByRole('button', { name: /Kept open/ }).click();
  await feedOf(page).press('End');
  await waitUntilAtEnd(page);
  await page.getByRole('button', { name: /Kept open/ }).waitFor({ state: 'detached' });
  await feedOf(page).press('Home');
  await page.getByRole('button', { name: /Kept open/, expanded: true }).waitFor();
  await page.context().close();
});

browserTest('the link of an event can be copied', async () => {
  const { page } = await pages.openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
  await show(page, new EventWriter().say('InitialTask', 'Begin').events);
  await page.getByText('Begin').hover();
  await page.getByRole('link', { name: 'Copy the link to this event' }).click();
  await page.getByText('Link copied').first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'http://localhost:3000/?event=1');
  await page.context().close();
});

for (const [name, options] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'narrow, without motion': { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' },
} as const))
  browserTest(`axe finds nothing, all fits, and nothing moves by itself: ${name}`, async () => {
    const { page } = await pages.openPage(options);
    await show(page, hostileEvents(), { isWorking: true });
    await waitUntilAtEnd(page);
    for (let screen = 0; screen < 12; screen++) {
      assert.deepEqual(await findAxeProblems(page), []);
      const look = () =>
        page.evaluate(() => [
          document.documentElement.scrollWidth <= innerWidth && document.getAnimations().length === 0,
          [...document.querySelectorAll('article')].every((item) => item.scrollWidth <= item.clientWidth),
        ]);
      await waitUntilHolds(async () => assert.deepEqual(await look(), [true, true]));
      await feedOf(page).evaluate((feed) => {
        feed.scrollTop -= feed.clientHeight * 0.8;
      });
      await waitUntilAtRest(page);
    }
    await page.context().close();
  });
