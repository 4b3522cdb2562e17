// The API pages and the console as a browser gets them: small, kept, and unable to ask anybody but the engine.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { hasScalar } from '../setup/scalar.mjs';
import { browserTest, openBrowser } from '../testing/chromium.ts';
import { requireConsole } from '../testing/console.ts';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { pagePatterns } from './pages.ts';

const scalarPath = '/docs/scalar.js';
const isScalarHere = hasScalar(fileURLToPath(new URL('../../', import.meta.url)));
if (!isScalarHere) leaveOut('the page of REST in a browser', 'npm could not fetch Scalar');
const paths = pagePatterns
  .filter((path) => isScalarHere || path !== scalarPath)
  .map((pattern) => pattern.replace('*', 'sessions/one'));

let engine: TestEngine;
let browser: Browser | undefined;
before(async () => {
  await requireConsole();
  engine = await startTestEngine({
    environment: { SESSION_SECRET: '', INTERNAL_API_KEY: '', NODE_ENV: 'development' },
  });
});
after(async () => {
  await browser?.close();
  await engine?.close();
});

type Raw = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

/** As it is on the wire: `fetch` would unpack it. */
const getRaw = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> =>
  new Promise((resolve, reject) => {
    request(`${engine.http}${path}`, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });

test('a page comes compressed to who takes that, whole to who does not, and not again to who has it', async () => {
  for (const path of paths) {
    const plain = await getRaw(path);
    assert.equal(plain.status, 200, path);
    const { body, headers } = await getRaw(path, { 'Accept-Encoding': 'gzip, br' });
    assert.equal(headers['content-encoding'], 'br');
    assert.deepEqual(brotliDecompressSync(body), plain.body);
    for (const [etag, encodings] of [
      [headers.etag, 'br'],
      [plain.headers.etag, ''],
      ['*', ''],
      [`"another", W/${headers.etag}`, 'gzip, br'],
    ]) {
      const known = await getRaw(path, { 'If-None-Match': String(etag), 'Accept-Encoding': String(encodings) });
      assert.deepEqual([known.status, known.body.length], [304, 0]);
    }
    const head = await getRaw(path, {}, 'HEAD');
    assert.deepEqual([head.status, head.headers['content-length']], [200, String(plain.body.length)]);
  }
});

test('a page is never compressed for who refuses that, and each encoding has a tag of its own', async () => {
  const plain = await getRaw('/docs');
  for (const encodings of ['gzip;q=0', 'GZIP; q=0.000, br;q=0', '*;q=0', 'br;q=0, gzip;q=0, *', 'identity']) {
    const { body, headers } = await getRaw('/docs', { 'Accept-Encoding': encodings });
    assert.equal(headers['content-encoding'], undefined, encodings);
    assert.deepEqual([body, headers.etag], [plain.body, plain.headers.etag]);
  }
  for (const encodings of ['gzip;q=0.5', 'br;q=0, Gzip', 'br;q=0, *', 'x-gzip']) {
    const { body, headers } = await getRaw('/docs', { 'Accept-Encoding': encodings });
    assert.equal(headers['content-encoding'], 'gzip', encodings);
    assert.deepEqual(gunzipSync(body), plain.body);
    assert.notEqual(headers.etag, plain.headers.etag);
    const other = await getRaw('/docs', { 'If-None-Match': String(headers.etag) });
    assert.equal(other.status, 200);
  }
});

test('a page may be framed by nobody and load nothing of another host; other methods are refused', async () => {
  const { headers } = await getRaw('/docs');
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'; script-src 'self';/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /https?:|\*/);
  const posted = await getRaw('/docs', {}, 'POST');
  assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
  assert.equal((await getRaw('/docs/../../package.json')).status, 404);
  assert.equal((await getRaw('/docs', { Host: 'evil.test' })).status, 421);
});

test('a file of the console whose name tells its content is kept for a year, and one that is not there is told', async () => {
  const page = await getRaw('/console/');
  assert.equal(page.headers['cache-control'], 'no-cache');
  const [script] = /\/console\/assets\/[\w.-]+\.js/.exec(String(page.body)) ?? [];
  const answer = await getRaw(String(script));
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers['cache-control']), /immutable/);
  for (const path of ['/console/assets/none.js', '/console/assets/..%2f.stamp', '/console/assets/', '/consoles'])
    assert.equal((await getRaw(path)).status, 404, path);
  const asked = await getRaw('/console/hand-over'); // A route of the same folder refuses what it doesn't take, too.
  assert.deepEqual([asked.status, asked.headers.allow], [405, 'POST']);
});

test('a browser that asks for the engine itself gets the console, and everybody else its state in JSON', async () => {
  const browsers = await getRaw('/', { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  assert.deepEqual([browsers.status, browsers.headers.location], [302, '/console/']);
  for (const accept of ['*/*', 'application/json', '']) {
    const answer = await getRaw('/', accept === '' ? {} : { Accept: accept });
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json']);
  }
  assert.equal((await getRaw('/', { Accept: 'text/html', Host: 'evil.test' })).status, 421);
});

/** A page, and what it asked for that isn't the engine's, or that failed. */
async function openPage(path: string): Promise<{ page: Page; strange: string[] }> {
  browser ??= await openBrowser();
  const page = await browser.newPage();
  const strange: string[] = [];
  page.on('request', (asked) => {
    const url = new URL(asked.url());
    if (url.protocol.startsWith('http') && url.origin !== engine.http) strange.push(asked.url());
  });
  page.on('pageerror', (error) => strange.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && strange.push(message.text()));
  await page.goto(`${engine.http}${path}`);
  return { page, strange };
}

const scalarTest = isScalarHere ? browserTest : () => undefined;

scalarTest('the page of REST shows every operation, and its requests can be sent from it', async () => {
  const { page, strange } = await openPage('/docs');
  await page.getByRole('heading', { name: 'Lucid Engine' }).first().waitFor();
  await page
    .getByRole('button', { name: /Test Request.*health/i })
    .first()
    .click();
  await page.getByRole('button', { name: /^Send/ }).first().click();
  await page.getByText('200 OK').first().waitFor();
  assert.deepEqual(strange, []);
});

browserTest('the page of the WebSocket shows every frame with its fields and examples', async () => {
  const { page, strange } = await openPage('/docs/websocket');
  await page.locator('#protocol[aria-busy="false"]').waitFor();
  const document = (await (await fetch(`${engine.http}/asyncapi.json`)).json()) as {
    components: { messages: Record<string, unknown> };
  };
  for (const name of Object.keys(document.components.messages)) {
    const frame = page.locator(`#frame-${name}`);
    assert.equal(await frame.count(), 1, name);
    assert.ok((await frame.locator('tbody tr').count()) > 0, name);
    assert.ok((await frame.locator('pre').count()) > 0, name);
  }
  assert.deepEqual(strange, []);
});
