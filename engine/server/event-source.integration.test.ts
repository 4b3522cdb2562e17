// What a browser's EventSource and curl make of a stream: they come back by themselves, miss nothing, and know when to stay away.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { findFreePort } from '../database/embedded/free-port.ts';
import { browserHooks, browserTest, openBrowser } from '../testing/chromium.ts';
import type { Frame } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

type Heard = { id: string; name: string; data: string | null };
/** What the page keeps of its EventSource. */
type Kept = { heard: Heard[]; readyState: number; requests: number };

let browser: Browser;
browserHooks.after(async () => {
  await browser?.close();
});

async function pageAt(origin: string): Promise<Page> {
  browser ??= await openBrowser();
  const page = await browser.newPage();
  const isFirst = (url: URL) => url.origin === origin && url.pathname === '/page';
  await page.route(isFirst, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Page</h1>' }));
  await page.goto(`${origin}/page`);
  return page;
}

/** Follows a session in a page, which never closes the EventSource itself. */
async function followIn(page: Page, url: string): Promise<() => Promise<Kept>> {
  let requests = 0;
  page.on('request', (request) => {
    if (request.url().startsWith(url)) requests++;
  });
  await page.evaluate((to) => {
    const source = new EventSource(to);
    const heard: Heard[] = [];
    for (const name of ['message', 'error', 'end'])
      source.addEventListener(name, (event) => {
        const { data = null, lastEventId = '' } = event as Partial<Pick<Heard, 'data'> & { lastEventId: string }> &
          Event;
        heard.push({ name, data, id: lastEventId });
      });
    Object.assign(globalThis, { kept: { source, heard } });
  }, url);
  return async () => {
    const kept = await page.evaluate(() => {
      const { source, heard } = (globalThis as unknown as { kept: { source: EventSource; heard: Heard[] } }).kept;
      return { heard, readyState: source.readyState };
    });
    return { ...kept, requests };
  };
}

const framesOf = ({ heard }: Kept): Frame[] =>
  heard.flatMap(({ data, name }) => (data === null || name === 'end' ? [] : [JSON.parse(data) as Frame]));
const storedOf = (kept: Kept) =>
  framesOf(kept).filter(({ type, sequence }) => sequence !== undefined && type !== 'attached');
const closed = 2;

async function startSession(engine: TestEngine, task: string) {
  const created = { task, autoStart: true };
  const { body } = await callAs<{ sessionId: string }>(engine, 'ada', 'POST', '/api/v1/sessions', created);
  const path = `/api/v1/sessions/${body.sessionId}`;
  return { path, url: `${engine.http}${path}/events?token=${await signTestToken('ada')}` };
}

async function started(t: TestContext): Promise<TestEngine> {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  return engine;
}

browserTest(
  'a page comes back by itself over a restart of the engine, hears each event once, and stops at the end',
  async (t) => {
    const environment = { PORT: String(await findFreePort()) }; // A port that the system chose couldn't be listened on again at once.
    const engine = await startTestEngine({ environment });
    const engines = [engine];
    t.after(async () => {
      for (const one of engines.toReversed()) await one.close(); // The first takes the database with it.
    });
    const session = await startSession(engine, 'outlive the engine');
    const read = await followIn(await pageAt('http://localhost:3000'), session.url);
    const hasCompleted = async (times: number) =>
      framesOf(await read()).filter(({ status }) => status === 'completed').length === times;
    await waitUntil(() => hasCompleted(1));
    assert.equal(await engine.stop(), true);
    await waitUntil(async () => framesOf(await read()).some(({ code }) => code === 'draining'));

    const next = await startTestEngine({ databaseUrl: engine.databaseUrl, environment });
    engines.push(next);
    await waitUntil(async () => framesOf(await read()).filter(({ type }) => type === 'attached').length === 2);
    await callAs(next, 'ada', 'POST', `${session.path}/messages`, { content: 'and on' });
    await waitUntil(() => hasCompleted(2));
    await callAs(next, 'ada', 'DELETE', session.path);
    await waitUntil(async () => (await read()).readyState === closed);

    const kept = await read();
    const stored = storedOf(kept);
    assert.deepEqual(
      stored.map(({ sequence }) => sequence),
      stored.map((_, at) => at + 1),
    );
    assert.equal(stored.at(-1)?.status, 'stopped');
    assert.ok(kept.heard.some(({ name }) => name === 'end'));
    const ids = kept.heard.filter(({ name }) => name === 'message').map(({ id }) => id);
    assert.equal(ids.at(-1), `2-${stored.length}`);
  },
);

browserTest(
  'a page stays away after a refusal that would not pass, and hears nothing where its origin is foreign',
  async (t) => {
    const engine = await started(t);
    const session = await startSession(engine, 'private');
    const forged = session.url.replace(/token=.*/, `token=${await signTestToken('bob')}`);
    for (const [origin, url] of [
      ['http://localhost:3000', forged],
      ['http://kittens.test:4711', session.url],
    ] as const) {
      const read = await followIn(await pageAt(origin), url);
      await waitUntil(async () => (await read()).readyState === closed);
      const { heard, requests } = await read();
      assert.deepEqual([heard.map(({ name, data }) => [name, data]), requests], [[['error', null]], 1], origin);
    }
  },
);

test('curl shows a session to its end', async (t) => {
  const engine = await started(t);
  const session = await startSession(engine, 'Write hello world');
  const args = ['-sN', '--max-time', '30', '-H', 'Accept: text/event-stream', session.url];
  const shown = promisify(execFile)('curl', args);
  await waitUntil(async () => {
    const { body } = await callAs<{ state: string }>(engine, 'ada', 'GET', session.path);
    return body.state === 'idle';
  });
  await callAs(engine, 'ada', 'DELETE', session.path);
  const { stdout } = await shown;
  assert.match(stdout, /^retry: 1000\n\n/);
  assert.equal(stdout.match(/^id: /gm)?.length, 15);
  assert.ok(stdout.endsWith('event: end\ndata: {"reason":"The session has ended."}\n\n'));
});
