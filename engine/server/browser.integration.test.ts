// A page of another origin can do nothing to an engine on its reader's machine, in a real browser.
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { defaultSessionSecret } from '../../schema/rules/development-token.ts';
import { browserHooks, browserTest, openBrowser } from '../testing/chromium.ts';
import { signTestToken, startTestEngine, type TestEngine, testInternalKey, testSecret } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';

/** The settings of `npm start` on a machine where nobody has set any. */
const nothingSet = { SESSION_SECRET: '', INTERNAL_API_KEY: '', HOST: '', NODE_ENV: 'development' };

const sessions = '/api/v1/sessions';

let browser: Browser;
let engine: TestEngine;
let forged: string;
browserHooks.before(async () => {
  engine = await startTestEngine({ environment: nothingSet });
  forged = await signTestToken('victim', {}, defaultSessionSecret);
  await callAs(engine, 'victim', 'POST', sessions, { task: 'a private task' });
});
browserHooks.after(async () => {
  await browser?.close();
  await engine?.close();
});

async function openPage(origin: string, html = '<h1>Kittens</h1>'): Promise<Page> {
  browser ??= await openBrowser();
  const page = await browser.newPage();
  const isFirst = (url: URL) => url.origin === origin && url.pathname === '/kittens';
  await page.route(isFirst, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${origin}/kittens`);
  return page;
}

type SocketRun = { frames: { code?: string; status?: string }[]; closeCode: number };

/** A script of the page opens a WebSocket and begins a session, until it is closed or the turn is completed. */
const runSocket = (page: Pick<Page, 'evaluate'>, url: string, first: object): Promise<SocketRun> =>
  page.evaluate(
    ([to, message]) =>
      new Promise<SocketRun>((resolve) => {
        const frames: SocketRun['frames'] = [];
        const socket = new WebSocket(to as string, 'lucid.v2');
        socket.onopen = () => socket.send(message as string);
        socket.onmessage = ({ data }) => {
          frames.push(JSON.parse(data));
          if (frames.at(-1)?.status === 'completed') socket.close(1000);
        };
        socket.onclose = ({ code }) => resolve({ frames, closeCode: code });
      }),
    [url, JSON.stringify(first)],
  );

/** @returns the status and the text that a script of the page gets, or that the browser kept the answer from it */
const fetchFrom = (page: Page, url: string, init: RequestInit): Promise<string> =>
  page.evaluate(
    ([to, how]) =>
      fetch(to as string, JSON.parse(how as string)).then(
        async (answer) => `${answer.status} ${await answer.text()}`,
        () => 'kept from the page',
      ),
    [url, JSON.stringify(init)],
  );

const ownModel = { task: 'steal', apiKey: 'sk-ant-of-the-page-0123', modelProvider: 'anthropic' };

async function isUntouched(): Promise<void> {
  const { body } = await callAs<{ sessions: { task: string }[] }>(engine, 'victim', 'GET', sessions);
  assert.deepEqual(
    body.sessions.map(({ task }) => task),
    ['a private task'],
  );
}

browserTest('a page of another origin opens no session, whatever token it has', async () => {
  const page = await openPage('http://kittens.test:4711');
  for (const url of [`${engine.ws}?token=${forged}`, engine.ws]) {
    const { frames, closeCode } = await runSocket(page, url, { ...ownModel, token: forged });
    assert.deepEqual([frames.map(({ code }) => code), closeCode], [['foreignOrigin'], 4003]);
  }
  await isUntouched();
});

browserTest('a page without an origin opens no session either', async () => {
  const html = `<iframe sandbox="allow-scripts" srcdoc="<h1>Kittens</h1>"></iframe>`;
  const page = await openPage('http://localhost:3000', html); // The page around the frame may call; the frame itself may not.
  const frame = page.frames().find((candidate) => candidate !== page.mainFrame()) ?? assert.fail();
  assert.equal(await frame.evaluate(() => (globalThis as { origin?: string }).origin), 'null');
  const { frames, closeCode } = await runSocket(frame, `${engine.ws}?token=${forged}`, ownModel);
  assert.deepEqual([frames.map(({ code }) => code), closeCode], [['foreignOrigin'], 4003]);
  await isUntouched();
});

browserTest('a page of another origin changes and reads nothing over REST', async () => {
  const page = await openPage('http://kittens.test:4711');
  const [method, body] = ['POST', JSON.stringify(ownModel)];
  const asUser = { 'X-User-ID': 'victim' };
  const asks: RequestInit[] = [
    { headers: asUser },
    { headers: { Authorization: `Bearer ${forged}` } },
    { method, body, headers: asUser },
    { method, body, mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }, // The browser sends this one without a preflight.
  ];
  const got = await Promise.all(asks.map((init) => fetchFrom(page, engine.http + sessions, init)));
  assert.deepEqual(got.slice(0, 3), ['kept from the page', 'kept from the page', 'kept from the page']);
  assert.equal(got[3], '0 ');
  await isUntouched();
});

browserTest('a page whose name was pointed at this machine gets 421, and no session', async () => {
  const origin = `http://rebound.test:${engine.port}`;
  const page = await openPage(origin);
  for (const init of [{}, { method: 'POST', body: JSON.stringify(ownModel) }]) {
    const got = await fetchFrom(page, sessions, { ...init, headers: { 'X-User-ID': 'victim' } });
    assert.match(got, /^421 .*"code":"unknownHost"/);
  }
  assert.match(await fetchFrom(page, '/', {}), /^421 /);
  assert.match(await fetchFrom(page, '/health', {}), /^421 /);
  const { frames, closeCode } = await runSocket(
    page,
    `${origin.replace('http', 'ws')}/api/v1/ws?token=${forged}`,
    ownModel,
  );
  assert.deepEqual([frames.map(({ code }) => code), closeCode], [['unknownHost'], 4021]);
  await isUntouched();
});

browserTest("the front end's own page works with the default settings", async () => {
  const page = await openPage('http://localhost:3000');
  const token = await signTestToken('ada', {}, defaultSessionSecret);
  const { frames } = await runSocket(page, `${engine.ws}?token=${token}`, { task: 'Write hello world' });
  assert.equal(frames.at(-1)?.status, 'completed');
  const init = { headers: { Authorization: `Bearer ${token}` } };
  assert.match(await fetchFrom(page, engine.http + sessions, init), /^200 .*Write hello world/);
});

browserTest('a page works with an engine that allows its origin', async (t) => {
  const origin = 'http://app.kittens.test:4711';
  const own = { SESSION_SECRET: testSecret, INTERNAL_API_KEY: testInternalKey };
  const open = await startTestEngine({ environment: { ...own, ALLOWED_ORIGINS: 'http://*.kittens.test:4711' } });
  t.after(() => open.close());
  const page = await openPage(origin);
  const { frames } = await runSocket(page, `${open.ws}?token=${await signTestToken('ada')}`, {
    task: 'Write hello world',
  });
  assert.equal(frames.at(-1)?.status, 'completed');
  const headers = { Authorization: `Bearer ${await signTestToken('ada')}` };
  assert.match(await fetchFrom(page, open.http + sessions, { headers }), /^200 .*Write hello world/);
});
