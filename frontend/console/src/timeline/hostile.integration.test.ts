// What a hostile agent writes is text in a browser: nothing of it runs, nothing is fetched, and what deceives is marked.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { browserHooks, browserTest, openBrowser } from '../../../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../../../engine/testing/rest.ts';
import { EventWriter } from './testing/events.ts';
import { hostileEvents, trapHost } from './testing/hostile-events.ts';
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

const show = (page: Page, events: unknown) => page.evaluate((all) => onPage.show(all as never), events);

/** Opens all that is folded and goes through all of it, from the end to the beginning. */
async function walkThrough(page: Page, act: () => Promise<void>): Promise<void> {
  const feed = page.getByRole('feed');
  await waitUntilAtRest(page, { isAtEnd: true });
  for (let screen = 0; screen < 60; screen++) {
    for (const closed of ['button[aria-expanded=false]', 'button[aria-pressed=false]']) {
      await page.evaluate((asked) => {
        for (const button of document.querySelectorAll<HTMLElement>(`article ${asked}`)) button.click();
      }, closed);
      await act();
    }
    const isAtStart = await feed.evaluate((element) => {
      element.scrollTop -= element.clientHeight * 0.7;
      return element.scrollTop === 0;
    });
    await waitUntilAtRest(page);
    if (isAtStart) return;
  }
  assert.fail('The beginning was never reached.');
}

browserTest('nothing that an agent writes runs or is fetched, wherever it is shown', async () => {
  const { page, strangers } = await pages.openPage();
  const problems: string[] = [];
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  await show(page, hostileEvents());
  await walkThrough(page, async () => {
    const found = await page.evaluate(() => {
      const all = [...document.querySelectorAll('article *')];
      const names = new Set(all.map((element) => element.tagName.toLowerCase()));
      const unsafe = ['script', 'img', 'image', 'iframe', 'object', 'embed', 'style', 'form', 'input', 'video', 'use'];
      const addresses = all.flatMap((element) =>
        element instanceof HTMLAnchorElement ? [`${element.protocol} ${element.target} ${element.rel}`] : [],
      );
      const named = all.filter((element) => element.id !== '').map((element) => element.id);
      const handlers = all.filter((element) => [...element.attributes].some(({ name }) => name.startsWith('on')));
      return { unsafe: unsafe.filter((name) => names.has(name)), addresses, named, handlers: handlers.length };
    });
    assert.deepEqual([found.unsafe, found.named, found.handlers], [[], [], 0]);
    const ours = 'http:  '; // The link of an event.
    const theirs = /^(https?|mailto): _blank noopener noreferrer nofollow$/;
    for (const address of found.addresses) assert.ok(address === ours || theirs.test(address), address);
  });
  assert.equal(await page.evaluate(() => 'isTaken' in globalThis), false);
  assert.equal(await page.title(), 'A timeline');
  assert.deepEqual(strangers, []);
  assert.deepEqual(problems, []);
  await page.context().close();
});

browserTest('no character that deceives reaches the page as it acts, and lines without end are cut', async () => {
  const { page } = await pages.openPage();
  await show(page, hostileEvents());
  let marks = 0;
  await walkThrough(page, async () => {
    const text = await page.evaluate(() => document.querySelector('[role=feed]')?.textContent ?? '');
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\u{e0000}-\u{e007f}]/u);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    assert.doesNotMatch(text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    const longest = Math.max(...text.split('\n').map(({ length }) => length));
    assert.ok(longest < 60_000, `a line of ${longest} characters`);
    const titles = await page.evaluate(() =>
      [...document.querySelectorAll('[title]')].map((each) => each.getAttribute('title')),
    );
    for (const title of titles) assert.doesNotMatch(title ?? '', /[\u202a-\u202e\u2066-\u2069]/);
    marks += await page.locator('mark[title="right-to-left override"]').count();
  });
  assert.ok(marks > 5);
  await page.context().close();
});

browserTest('a link says where it leads, and what leads elsewhere than to a page is no link', async () => {
  const { page } = await pages.openPage();
  const markdown = `[docs](https://docs.example/a) [bad](javascript:alert(1)) ![pixel](https://${trapHost}/p.png)
[https://bank.example](https://${trapHost}/login) https://auto.example/ [xn](https://аpple.example/)`;
  await show(page, new EventWriter().add('MessageAction', markdown).events);
  const links = page.locator('article a[target=_blank]');
  const expected = [
    'docs (https://docs.example/a)',
    `Image: pixel (https://${trapHost}/p.png)`,
    `https://bank.example (https://${trapHost}/login)`,
    'https://auto.example/',
    'xn (https://xn--pple-43d.example/)',
  ];
  await waitUntilHolds(async () => assert.deepEqual(await links.allTextContents(), expected));
  await page.getByText('(javascript:alert(1))').waitFor();
  await page.context().close();
});

browserTest('what a terminal would have hidden can be seen', async () => {
  const { page } = await pages.openPage();
  await show(page, new EventWriter().run('true', 'rm -rf /\rls      \n\x1b]0;title\x07\x1b[8msecret\x1b[0m\n').events);
  const output = page.getByRole('group', { name: 'Output of the command' });
  const waitForFirstLine = (line: string) =>
    waitUntilHolds(async () => assert.equal((await output.textContent())?.split('\n')[0], line));
  await waitForFirstLine('ls      ');
  await page.getByRole('button', { name: /show all that was printed/ }).click();
  await waitForFirstLine('rm -rf /U+000Dls      ');
  await page.context().close();
});

browserTest(
  'of a long output the head and the tail are shown, and the rest when one asks, some at a time',
  async () => {
    const { page } = await pages.openPage();
    const lines = Array.from({ length: 3_000 }, (_, at) => `line ${at}`).join('\n');
    await show(page, new EventWriter().run('seq 3000', lines).events);
    await page.getByText('line 2999').waitFor();
    assert.equal(await page.getByText('line 1500', { exact: true }).count(), 0);
    const output = page.getByRole('group', { name: 'Output of the command', exact: true });
    const count = async () => (await output.textContent())?.split('\n').length ?? 0;
    const before = await count();
    await page.getByRole('button', { name: /Show 500 more of/ }).click();
    await waitUntilHolds(async () => {
      const after = await count();
      assert.ok(after > before && after < before + 501, `${before}, then ${after}`);
    });
    await page.context().close();
  },
);
