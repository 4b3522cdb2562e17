// A browser at the console of an engine, for tests: pages that sign in, and what went wrong in them.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { openBrowser } from '../../../engine/testing/chromium.ts';
import { waitUntilHolds } from '../../../engine/testing/rest.ts';

export type Look = { scheme: 'light' | 'dark'; width: number };

const wide = 1280;
export const narrow: Look = { scheme: 'dark', width: 360 };
const heightOf = (width: number) => (width < 600 ? 740 : 800);

export class ConsoleBrowser {
  readonly #engine: { http: string };
  #browser: Promise<Browser> | undefined;
  /** What no page may do: throw, be refused something by its policy, ask another host. */
  readonly #trouble: string[] = [];

  /** @param engine may get its address later, as an engine that is started before each test does */
  constructor(engine: { http: string }) {
    this.#engine = engine;
  }

  async openContext({ scheme, width }: Look = { scheme: 'light', width: wide }): Promise<BrowserContext> {
    this.#browser ??= openBrowser();
    return (await this.#browser).newContext({
      colorScheme: scheme,
      viewport: { width, height: heightOf(width) },
      baseURL: this.#engine.http,
      acceptDownloads: true,
    });
  }

  /** A page that nobody has signed in at. */
  async openPage(look?: Look, path = '/console/'): Promise<Page> {
    return this.watch(await (await this.openContext(look)).newPage(), path);
  }

  /** @returns the page, once it is at the path */
  async watch(page: Page, path: string): Promise<Page> {
    page.on('pageerror', (error) => this.#trouble.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !isAnswer(message.text())) this.#trouble.push(message.text());
    });
    page.on('request', (asked) => {
      const { origin, protocol } = new URL(asked.url());
      if (/^(http|ws)/.test(protocol) && origin.replace(/^ws/, 'http') !== this.#engine.http)
        this.#trouble.push(asked.url());
    });
    await goTo(page, path);
    return page;
  }

  /** A page of somebody who has signed in by name. */
  async signIn(name: string, look?: Look): Promise<Page> {
    const page = await this.openPage(look);
    await page.getByLabel('Your name').fill(name);
    const brokenOff = page.getByText("can't be reached");
    do {
      await page.getByLabel('Your name').press('Enter');
      await taskField(page).or(brokenOff).waitFor();
    } while (await brokenOff.isVisible());
    return page;
  }

  findNoTrouble(): void {
    assert.deepEqual(this.#trouble.splice(0), []);
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close();
  }
}

/** Chromium notes refused requests and lost connections of its own accord; the page says them in its own words. */
const isAnswer = (text: string) => /^Failed to load resource|^WebSocket connection to/.test(text);

/**
 * Goes to a page again where Chromium has broken that off: it does when the machine's networks change, as those of containers
 * do beside the tests.
 */
async function goTo(page: Page, path: string): Promise<void> {
  for (let isThere = false; !isThere; )
    isThere = await page.goto(path).then(
      () => true,
      (error: Error) => {
        if (error.message.includes('ERR_NETWORK_CHANGED')) return false;
        throw error;
      },
    );
}

/** @returns by how many pixels a page is wider than its window */
export const findOverflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** Waits until as many are there. */
export const waitForCount = (found: Locator, count: number): Promise<void> =>
  waitUntilHolds(async () => assert.equal(await found.count(), count));

/** Waits until a field has the value. */
export const waitForValue = (field: Locator, value: string): Promise<void> =>
  waitUntilHolds(async () => assert.equal(await field.inputValue(), value));

/** Waits until the keys go to it. */
export const waitForFocus = (element: Locator): Promise<void> =>
  waitUntilHolds(async () => assert.ok(await element.evaluate((it) => it === document.activeElement), `${element}`));

export const taskField = (page: Page) => page.getByLabel('What should the agent do');
export const messageField = (page: Page) => page.getByLabel('Message to the agent');

/** Begins a task with Enter. @returns the id of its session, once its page is there */
export async function startTask(page: Page, task: string): Promise<string> {
  await taskField(page).fill(task);
  await taskField(page).press('Enter');
  await page.waitForURL(/\/console\/sessions\/[\w-]+/);
  await messageField(page).waitFor();
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

type StoredEvent = { sequence: number; content?: string; timestamp: string };

/** All events of a session, as the engine has stored them. */
export const readEvents = (page: Page, sessionId: string): Promise<StoredEvent[]> =>
  page.evaluate(async (path) => {
    const all: StoredEvent[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const answer = await fetch(`${path}?after=${after}`);
      const { events, nextAfter } = (await answer.json()) as { events: StoredEvent[]; nextAfter: number | null };
      all.push(...events);
      after = nextAfter;
    }
    return all;
  }, `/api/v1/sessions/${sessionId}/events`);

/** Scrolls through the whole timeline. @returns the text of each of its items, by the item's key, in order */
export async function readTimeline(page: Page): Promise<Map<number, string>> {
  const read = await page.getByRole('feed').evaluate(async (feed) => {
    const texts = new Map<number, string>();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let top = 0, last = -1; top !== last; ) {
      feed.scrollTop = top;
      await frame();
      await frame();
      for (const item of feed.querySelectorAll<HTMLElement>('[data-key]'))
        texts.set(Number(item.dataset.key), item.textContent);
      last = top;
      top = Math.min(top + feed.clientHeight / 2, feed.scrollHeight - feed.clientHeight);
    }
    return [...texts].sort(([one], [other]) => one - other);
  });
  return new Map(read);
}
