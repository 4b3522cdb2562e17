// The client in a real browser: a page of another origin follows sessions through cuts, and React shows them.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { browserHooks, browserTest, openBrowser } from '../../engine/testing/chromium.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { waitUntilHolds } from '../../engine/testing/rest.ts';
import { bundle } from './testing/bundle.ts';
import { CuttingProxy } from './testing/cutting-proxy.ts';
import { quickBounds } from './testing/followed.ts';
import type { OnPage } from './testing/page.ts';

const origin = 'http://localhost:3000';
declare const onPage: OnPage;

let browser: Browser;
let context: BrowserContext;
let engine: TestEngine;
let proxy: CuttingProxy;
let script: string;
browserHooks.before(async () => {
  engine = await startTestEngine({ environment: { ALLOWED_ORIGINS: origin } });
  proxy = await CuttingProxy.start(engine.port);
  browser = await openBrowser();
  context = await browser.newContext();
  const define = { 'process.env.NODE_ENV': '"development"' }; // As a page's own build has it, for React.
  script = await bundle('testing/page.ts', { define });
});
browserHooks.after(async () => {
  await browser?.close();
  await proxy?.stop();
  await engine?.close();
});

/** A page with a client whose token is Ada's. */
async function openPage(bounds: object = quickBounds, from = origin): Promise<Page> {
  proxy.plan(() => ({}));
  const page = await context.newPage();
  await page.route(`${from}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(`${from}/`);
  await page.addScriptTag({ content: script });
  await page.evaluate(
    ([baseUrl, token, asked]) => {
      onPage.lucid = onPage.createClient({ baseUrl, token, bounds: asked });
    },
    [proxy.url, await signTestToken('ada'), bounds] as const,
  );
  return page;
}

/** A session with its events in `events`, followed. */
const openSession = (page: Page, task: string) =>
  page.evaluate(async (asked) => {
    onPage.session = await onPage.lucid.open({ task: asked });
    onPage.session.on('event', (event) => onPage.events.push(event));
  }, task);

const waitForStatus = (page: Page, status: string) =>
  page.waitForFunction((asked) => onPage.session.state.getSnapshot().status === asked, status);

const waitForConnection = (page: Page, connection: string) =>
  page.waitForFunction((asked) => onPage.session.state.getSnapshot().connection === asked, connection);

async function assertEachOnce(page: Page): Promise<void> {
  await waitUntilHolds(async () => {
    const sequences = await page.evaluate(() => onPage.events.map(({ sequence }) => sequence));
    assert.ok(sequences.length > 10);
    assert.deepEqual(
      sequences,
      sequences.map((_, at) => at + 1),
    );
  });
}

browserTest('a page of another origin opens a session and hears each event once through cuts', async () => {
  const page = await openPage();
  await openSession(page, 'Write hello world');
  const cutsBefore = proxy.cuts;
  proxy.plan(() => {
    const cuts = proxy.cuts - cutsBefore;
    return cuts < 40 ? { cut: { direction: 'toClient', afterBytes: 1 + cuts * 97, isReset: cuts % 2 === 0 } } : {};
  });
  proxy.cutAll();
  await page.evaluate(() => onPage.session.send('Said while it is cut'));
  await waitForStatus(page, 'idle');
  await assertEachOnce(page);
  const code = await page.evaluate(() =>
    onPage.lucid.sessions.read('none').catch((error: { code: string; name: string }) => `${error.name} ${error.code}`),
  );
  assert.equal(code, 'LucidError noSuchSession');
  await page.close();
});

browserTest(
  'a page of an origin that isn’t let in is told what may be the matter, over REST and WebSocket',
  async () => {
    const stranger = 'http://localhost:5173';
    const page = await openPage({ ...quickBounds, requestAttemptsMax: 2 }, stranger);
    const said = await page.evaluate(async () => {
      const messageOf = ({ message }: Error) => message;
      const opened = onPage.lucid.open({ task: 'Write hello world' }).then(() => 'let in', messageOf);
      const attached = new Promise<string>((resolve) =>
        onPage.lucid.attach('none').on('error', (e) => resolve(e.message)),
      );
      return Promise.all([opened, attached]);
    });
    assert.deepEqual(said, [
      `${proxy.url} can't be reached: Failed to fetch. If it runs, it may not let in pages of ${stranger}: then add that to its ALLOWED_ORIGINS.`,
      'Pages of this origin may not call this engine; where the origin is yours, add it to ALLOWED_ORIGINS.',
    ]);
    await page.close();
  },
);

browserTest('a page that is offline comes back as soon as the network does', async () => {
  const page = await openPage({ backOffBaseMs: 1e9, backOffMaxMs: 1e9 }); // By itself it would try again in days.
  await openSession(page, 'Write hello world');
  await waitForStatus(page, 'idle');
  await context.setOffline(true);
  proxy.cutAll();
  await waitForConnection(page, 'waiting');
  await page.evaluate(() => void onPage.session.send('Said offline'));
  await context.setOffline(false);
  await page.waitForFunction(() => onPage.session.state.getSnapshot().queued === 0);
  await waitForStatus(page, 'idle');
  await assertEachOnce(page);
  await page.close();
});

browserTest('a page that is seen again looks at once whether the engine can be reached', async () => {
  const page = await openPage({ backOffBaseMs: 1e9, backOffMaxMs: 1e9 });
  await openSession(page, 'Write hello world');
  await waitForStatus(page, 'idle');
  proxy.cutAll();
  await waitForConnection(page, 'waiting');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await waitForConnection(page, 'open');
  await page.close();
});

browserTest(
  'a component shows a session as it goes on, says what a button is for, and leaves when it is gone',
  async () => {
    const page = await openPage();
    await page.evaluate(async () => {
      const { sessionId } = await onPage.lucid.sessions.create({ task: 'Write hello world' });
      onPage.shown = onPage.show(onPage.lucid, null);
      onPage.shown.render(sessionId);
    });
    await page.getByText('open idle').waitFor();
    proxy.cutAll();
    await page.getByRole('button').click();
    await page
      .getByText(/^\d+ ack$/)
      .nth(1)
      .waitFor();
    await page.getByText('open idle').waitFor();
    const items = await page.getByRole('listitem').allTextContents();
    assert.deepEqual(
      items.map((item) => Number.parseInt(item, 10)),
      items.map((_, at) => at + 1),
    );
    assert.equal(items.filter((item) => item.endsWith(' ack')).length, 2);
    await page.evaluate(() => onPage.shown.render(null));
    await page.getByText('nothing').waitFor();
    await page.evaluate(() => onPage.shown.unmount());
    await page.close();
  },
);
