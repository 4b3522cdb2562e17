// A front end's page hands its user's token over by a form, from a real browser; no other page can, and no script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { SignInReport } from '../../schema/protocol/routes/sign-in.ts';
import { browserHooks, browserTest, openBrowser } from '../testing/chromium.ts';
import { requireConsole } from '../testing/console.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';
import { RecordedLog } from '../testing/log.ts';
import { TestBrowser } from '../testing/sign-in.ts';

const path = '/console/hand-over';
const frontEnd = 'http://app.test';
const returnPath = '/console/history';

const log = new RecordedLog();
let engine: TestEngine;
let anyOrigin: TestEngine;
before(async () => {
  [engine, anyOrigin] = await Promise.all([
    startTestEngine({ log, environment: { ALLOWED_ORIGINS: frontEnd } }),
    startTestEngine({ environment: { ALLOWED_ORIGINS: '*' } }),
  ]);
});
after(() => Promise.all([engine?.close(), anyOrigin?.close()]));

/** What a browser sends of a form at a page of an origin. */
function submit(fields: Record<string, string> | string, origin: string | undefined = frontEnd, at = engine) {
  const headers = { Accept: 'text/html', ...(origin !== undefined && { Origin: origin }) };
  const body = new URLSearchParams(fields);
  return fetch(`${at.http}${path}`, { method: 'POST', redirect: 'manual', headers, body });
}

async function reportAfter(answer: Response): Promise<SignInReport> {
  const browser = new TestBrowser(engine);
  browser.keep(answer.headers.getSetCookie());
  return (await browser.call<SignInReport>('GET', '/console/session')).body;
}

test('a form of a listed origin signs in by its token, and goes on to the page that it names', async () => {
  const token = await signTestToken('u-1', { name: 'Ada Lovelace' });
  const answer = await submit({ token, return: returnPath });
  assert.deepEqual([answer.status, answer.headers.get('location')], [303, returnPath]);
  const { user, isAdmin } = await reportAfter(answer);
  assert.deepEqual([user, isAdmin], [{ id: 'u-1', name: 'Ada Lovelace' }, false]);
  const plain = await submit({ token: await signTestToken('u-2') }, engine.http);
  assert.equal(plain.headers.get('location'), '/console/');
  assert.deepEqual((await reportAfter(plain)).user, { id: 'u-2', name: 'u-2' });
});

test('a form of an origin that is not listed by name signs in nobody, nor does what no page sends', async () => {
  const token = await signTestToken('u-1');
  const origins = ['http://evil.test', 'null', `${frontEnd}:81`, ''];
  const answers = [
    ...(await Promise.all(origins.map((origin) => submit({ token }, origin)))),
    await submit({ token }, frontEnd, anyOrigin),
    await fetch(`${engine.http}${path}`, { method: 'POST', body: new URLSearchParams({ token }) }),
  ];
  for (const answer of answers) {
    assert.equal(answer.status, 403);
    assert.deepEqual(answer.headers.getSetCookie(), []);
  }
  assert.match(answers[0]?.headers.get('content-type') ?? '', /^text\/html/);
  assert.match((await answers[0]?.text()) ?? '', /Back to the console/);
});

test('a form with a wrong token, a field twice, or a way to another site signs in nobody', async () => {
  const token = await signTestToken('u-1');
  const wrong: [Parameters<typeof submit>[0], number][] = [
    [{ token: 'x' }, 401],
    [{ token: await signTestToken('u-1', {}, 'another secret that is as long as one has to be') }, 401],
    [{}, 422],
    [{ token, return: 'https://evil.example/console/' }, 422],
    [{ token, return: '//evil.example/console/' }, 422],
    [`token=${token}&token=${token}`, 422],
    [JSON.stringify({ token }), 422],
    [{ token: 'x'.repeat(9_000) }, 422],
  ];
  for (const [fields, status] of wrong) {
    const answer = await submit(fields);
    assert.equal(answer.status, status, JSON.stringify(fields).slice(0, 80));
    assert.deepEqual(answer.headers.getSetCookie(), []);
  }
  assert.equal(JSON.stringify(log.entries).includes(token), false);
});

test('who is handed over again has one sign-in, and the one before it counts no more', async () => {
  const browser = new TestBrowser(engine);
  const handOver = async (user: string) => {
    const form = new URLSearchParams({ token: await signTestToken(user) });
    const headers = { ...browser.headers, Origin: frontEnd };
    const answer = await fetch(`${engine.http}${path}`, { method: 'POST', redirect: 'manual', headers, body: form });
    browser.keep(answer.headers.getSetCookie());
  };
  await handOver('first');
  const kept = { ...browser.headers };
  await handOver('second');
  assert.equal((await browser.call<SignInReport>('GET', '/console/session')).body.user?.id, 'second');
  assert.equal((await fetch(`${engine.http}/api/v1/sessions`, { headers: kept })).status, 401);
});

let browser: Browser;
browserHooks.before(async () => {
  await requireConsole();
  browser = await openBrowser();
});
browserHooks.after(() => browser?.close());

/** The form as docs/console.md has it, at a page of the origin. */
async function openFrontEnd(origin: string, token: string, frame?: string): Promise<Page> {
  const form = `<form method="post" action="${engine.http}${path}" id="open-console">
    <input type="hidden" name="token" value="${token}"><input type="hidden" name="return" value="${returnPath}">
    <button>Open the console</button></form>`;
  const html = frame === undefined ? form : `<iframe sandbox="${frame}" srcdoc='${form}'></iframe>`;
  const page = await (await browser.newContext()).newPage();
  await page.route(`${origin}/page`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(`${origin}/page`);
  return page;
}

browserTest('a person goes from the front end to the console by a button, and is signed in there', async () => {
  const page = await openFrontEnd(frontEnd, await signTestToken('u-1', { name: 'Ada Lovelace' }));
  await page.getByRole('button').click();
  await page.waitForURL(engine.http + returnPath);
  await page.getByRole('button', { name: /Signed in as Ada Lovelace/ }).waitFor();
});

browserTest('neither a page of another origin nor a frame in a sandbox can hand a token over', async () => {
  const token = await signTestToken('mallory');
  const page = await openFrontEnd('http://evil.test', token);
  await page.getByRole('button').click();
  await page.getByRole('link', { name: 'Back to the console' }).waitFor();
  assert.deepEqual(await page.context().cookies(engine.http), []);
  const framed = await openFrontEnd(frontEnd, token, 'allow-forms allow-top-navigation');
  const refused = framed.waitForResponse((answer) => answer.url().endsWith(path));
  await framed.frameLocator('iframe').getByRole('button').click();
  const answer = await refused;
  assert.deepEqual([answer.status(), await answer.request().headerValue('origin')], [403, 'null']);
  assert.deepEqual(await framed.context().cookies(engine.http), []);
});
