// Opens the page of the timeline's tests in a browser, under the engine's own Content-Security-Policy.
import { fileURLToPath } from 'node:url';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { pageHeaders } from '../../../../../engine/server/pages.ts';
import type { OnPage } from './page.tsx';

export const origin = 'http://localhost:3000';
const entry = fileURLToPath(new URL('page.tsx', import.meta.url));

type Built = { script: string; style: string };

/** @param engine whose address the page may ask beside its own */
export class TimelinePages {
  readonly #browser: Browser;
  readonly #built: Built;

  private constructor(browser: Browser, built: Built) {
    this.#browser = browser;
    this.#built = built;
  }

  static async open(browser: Browser): Promise<TimelinePages> {
    return new TimelinePages(browser, await buildPage());
  }

  /** Every request that leaves the page's own origin and the engine is listed in `strangers`. */
  async openPage(options: BrowserContextOptions = {}, engineUrl = ''): Promise<{ page: Page; strangers: string[] }> {
    const context = await this.#browser.newContext({ viewport: { width: 1_000, height: 800 }, ...options });
    const page = await context.newPage();
    const strangers: string[] = [];
    page.on('request', (request) => {
      const isOurs = request.url().startsWith(origin) || (engineUrl !== '' && request.url().startsWith(engineUrl));
      if (!isOurs && !request.url().startsWith('data:')) strangers.push(request.url());
    });
    const headers = {
      ...pageHeaders,
      'Content-Security-Policy': pageHeaders['Content-Security-Policy'].replace(
        "connect-src 'self'",
        `connect-src 'self' ${engineUrl} ${engineUrl.replace('http', 'ws')}`,
      ),
    };
    const serve = (path: string, contentType: string, body: string) =>
      page.route(`${origin}${path}`, (route) => route.fulfill({ contentType, headers, body }));
    await serve('/', 'text/html', html);
    await serve('/page.js', 'text/javascript', this.#built.script);
    await serve('/page.css', 'text/css', this.#built.style);
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => 'onPage' in globalThis);
    return { page, strangers };
  }
}

/** Waits until the timeline has been drawn the same for some frames. @param isAtEnd whether it has to show its end then */
export const waitUntilAtRest = (page: Page, { isAtEnd = false } = {}): Promise<unknown> =>
  page.waitForFunction(
    ([id, mustEnd]) => {
      const feed = document.querySelector('[role=feed]');
      if (!feed) return false;
      const places = [...feed.querySelectorAll('article')].map((article) => article.getBoundingClientRect().top);
      const drawn = JSON.stringify([feed.scrollTop, feed.scrollHeight, places]);
      const isThere = !mustEnd || feed.scrollHeight - feed.clientHeight - feed.scrollTop < 2;
      const before = (globalThis as { atRest?: { id: number; drawn: string; frames: number } }).atRest;
      const isSame = isThere && before?.id === id && before.drawn === drawn;
      const frames = isSame ? before.frames + 1 : 0;
      Object.assign(globalThis, { atRest: { id, drawn, frames } });
      return frames >= 10;
    },
    [Math.random(), isAtEnd] as const,
  );

const html = `<!doctype html><html lang="en"><head><title>A timeline</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/page.css"></head><body><div id="console"></div><script type="module" src="/page.js"></script></body></html>`;

async function buildPage(): Promise<Built> {
  const outputs = (await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    plugins: [react(), tailwind()],
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      target: 'es2023',
      lib: { entry, formats: ['es'], fileName: 'page' },
      modulePreload: { polyfill: false },
    },
  })) as Rolldown.RolldownOutput | Rolldown.RolldownOutput[];
  const files = [outputs].flat().flatMap(({ output }) => output);
  const textOf = (end: string) =>
    files
      .filter(({ fileName }) => fileName.endsWith(end))
      .map((file) => (file.type === 'chunk' ? file.code : String(file.source)))
      .join('\n');
  return { script: textOf('.js'), style: textOf('.css') };
}

/** As pages have it, for `page.evaluate`. */
declare global {
  var onPage: OnPage;
}
