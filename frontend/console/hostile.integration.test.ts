// What others try with somebody's console, in a real browser: forged cookies, foreign sessions, foreign pages, frames, markup.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { browserTest } from '../../engine/testing/chromium.ts';
import { startTask } from './testing/console-browser.ts';
import { shareConsole } from './testing/share-console.ts';

const sessions = '/api/v1/sessions';

const shared = shareConsole();

const listSessions = (page: Page): Promise<{ sessions: { task: string }[] }> =>
  page.evaluate(async (path) => (await fetch(path)).json(), sessions);

browserTest('a forged cookie leads to the way in, and opens nothing', async () => {
  const context = await shared.browser.openContext();
  await context.addCookies([{ name: 'lucid_console', value: 'A'.repeat(43), url: shared.engine.http }]);
  const page = await shared.browser.watch(await context.newPage(), '/console/');
  await page.getByLabel('Your name').waitFor();
  assert.equal(await page.evaluate(async (path) => (await fetch(path)).status, sessions), 401);
});

browserTest('a script of a page reads no cookie, and no token is kept where one could', async () => {
  const page = await shared.browser.signIn('script');
  assert.deepEqual(
    await page.evaluate(() => [
      document.cookie,
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      location.search,
    ]),
    ['', '{}', '{}', ''],
  );
});

browserTest('the session of somebody else is told as none of one’s own, and nothing of it is shown', async () => {
  const ada = await shared.browser.signIn('ada');
  const sessionId = await startTask(ada, 'A secret of Ada’s');
  const bob = await shared.browser.signIn('bob');
  await bob.goto(`/console/sessions/${sessionId}`);
  await bob.getByText('Whoever it belongs to can share a link to watch it').waitFor();
  assert.equal(await bob.getByText('A secret of Ada’s').count(), 0);
  const status = await bob.evaluate(async (path) => (await fetch(path)).status, `${sessions}/${sessionId}`);
  assert.ok([403, 404].includes(status));
});

/** A page elsewhere, in the browser in which somebody has signed in. */
async function openForeign(page: Page, origin: string, html: string): Promise<Page> {
  const foreign = await page.context().newPage();
  const isFirst = (url: URL) => url.origin === origin && url.pathname === '/kittens';
  await foreign.route(isFirst, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await foreign.goto(`${origin}/kittens`);
  return foreign;
}

// The second is of the same site, so that its requests carry the cookie.
for (const origin of ['http://kittens.test:4711', 'http://127.0.0.1:4711'])
  browserTest(`a page of ${origin} can neither send a task nor read a list nor open a socket`, async () => {
    const page = await shared.browser.signIn('victim');
    const form = `<form method="post" enctype="text/plain" action="${shared.engine.http}${sessions}"><input name='{"task":"steal","x":"' value='"}'></form>`;
    const foreign = await openForeign(page, origin, `<h1>Kittens</h1>${form}`);
    const got = await foreign.evaluate(
      async ([http = '', ws = '', path = '']) => {
        const ask = (init: RequestInit) =>
          fetch(http + path, { credentials: 'include', ...init }).then(
            async (answer) => `${answer.status} ${await answer.text()}`,
            () => 'kept',
          );
        const body = '{"task":"steal"}';
        const json = { 'Content-Type': 'application/json' };
        const closed = new Promise<number>((resolve) => {
          const socket = new WebSocket(ws, 'lucid.v2');
          socket.onopen = () => socket.send(body);
          socket.onclose = ({ code }) => resolve(code);
        });
        return {
          read: await ask({}),
          sent: await ask({ method: 'POST', body, headers: json }),
          plain: await ask({ method: 'POST', body, mode: 'no-cors' }),
          closed: await closed,
        };
      },
      [shared.engine.http, shared.engine.ws, sessions],
    );
    assert.deepEqual(got, { read: 'kept', sent: 'kept', plain: '0 ', closed: 4003 });
    await foreign.evaluate(() => document.forms[0]?.submit());
    await foreign.waitForURL(`${shared.engine.http}${sessions}`);
    assert.match((await foreign.textContent('body')) ?? '', /foreignOrigin/);
    assert.deepEqual((await listSessions(page)).sessions, []);
  });

browserTest('a page elsewhere can’t show the console in a frame', async () => {
  const page = await shared.browser.signIn('framed');
  const foreign = await openForeign(
    page,
    'http://127.0.0.1:4711',
    `<iframe src="${shared.engine.http}/console/"></iframe>`,
  );
  const frame = foreign.frames().find((each) => each !== foreign.mainFrame()) ?? assert.fail();
  await frame.waitForLoadState();
  assert.doesNotMatch(await frame.content(), /lucid/i);
  assert.match(frame.url(), /^chrome-error:/);
});

const markup =
  '<img src=http://evil.test/a onerror="window.isHarmed=1"> ![b](http://evil.test/b) [c](javascript:window.isHarmed=1) \u202Edeen\u202C';

browserTest('markup and Markdown of a task, an agent and a file’s name are shown and do nothing', async () => {
  const page = await shared.browser.signIn('hostile');
  const sessionId = await startTask(page, markup);
  await page.getByText('Done in mock mode').first().waitFor();
  const path = '/workspace/project/<img src=x onerror=window.isHarmed=1>.md';
  const body = JSON.stringify({ session_id: sessionId, path, content: markup });
  const written = await page.evaluate(async (asked) => {
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch('/api/v1/files/write', { method: 'POST', body: asked, headers })).status;
  }, body);
  assert.equal(written, 200);
  for (const tab of ['Changes', 'Files']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByText('onerror=window.isHarmed=1').first().waitFor();
  }
  assert.equal(await page.evaluate(() => 'isHarmed' in window), false);
  assert.equal(await page.locator('a[href^="javascript:"], img[src*="evil"]').count(), 0);
  shared.browser.findNoTrouble();
});
