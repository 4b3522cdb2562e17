// Pages are fetched inside the sandbox: what its commands may not reach, a fetch doesn't either.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openConfinement, unconfined } from '../../sandbox/local/confinement.ts';
import { LocalSource } from '../../sandbox/local/local-source.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { canConfine } from '../../sandbox/testing/confinement-here.ts';
import { dockerTest, TestSandboxes } from '../../sandbox/testing/docker-sandboxes.ts';
import { requestOf } from '../../sandbox/testing/sandbox-request.ts';
import { observeCall } from '../testing/tool-calls.ts';

let base: string;
let server: Server;
let port: number;

before(async () => {
  base = await mkdtemp('/tmp/lucid-fetch-');
  server = createServer(({ url }, response) => {
    if (url === '/bomb') {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(20_000_000, 'x')));
    } else if (url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (url === '/round') response.writeHead(302, { location: '/round' }).end();
    else if (url === '/to') response.writeHead(301, { location: '/page' }).end();
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>T</title><h1>Served</h1><p>here');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
after(async () => {
  server?.close();
  await rm(base, { recursive: true, force: true });
});

const said = async (sandbox: Sandbox, url: string): Promise<string> =>
  (await observeCall('fetch', { url }, sandbox, { commandTimeoutMs: 60_000 })).content;

async function openSandbox(source: LocalSource): Promise<Sandbox> {
  const opened = await source.open(requestOf('s1'));
  assert.ok(opened.ok);
  return opened.value.sandbox;
}

test('a page is fetched over redirects, unpacked and cut, and redirects lead to no file and not on for ever', async () => {
  const source = new LocalSource(`${base}/plain`, Promise.resolve(unconfined));
  const sandbox = await openSandbox(source);
  const at = `http://127.0.0.1:${port}`;
  assert.equal(await said(sandbox, `${at}/page`), '# T\n\n# Served\n\nhere\n');
  assert.match(await said(sandbox, `${at}/to`), new RegExp(`^\\[From ${at}/page\\]\n# T`));
  assert.match(await said(sandbox, `${at}/bomb`), /^\[Only the first \d+ bytes were read\.\]\nx/);
  assert.match(await said(sandbox, `${at}/file`), /^It leads to file:\/\/\/etc\/passwd\. Only http/);
  assert.match(await said(sandbox, `${at}/round`), /^It leads on more than 5 times\.$/);
  await sandbox.close();
  await source.close();
});

if (await canConfine('what a confined fetch may reach'))
  test('a confined fetch reaches nothing of the machine', async () => {
    const source = new LocalSource(`${base}/confined`, openConfinement([base]));
    const sandbox = await openSandbox(source);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254', '10.0.0.1']) {
      const content = await said(sandbox, `http://${host}:${port}/page`);
      assert.doesNotMatch(content, /Served/, host);
      assert.match(content, /could not be fetched|HTTP status (403|50\d)/, host);
    }
    await sandbox.close();
    await source.close();
  });

dockerTest('a fetch in a container reaches nothing of the machine', async (t) => {
  const sandboxes = new TestSandboxes();
  t.after(() => sandboxes.close());
  const sandbox = await sandboxes.open();
  for (const host of ['127.0.0.1', '172.17.0.1'])
    assert.match(await said(sandbox, `http://${host}:${port}/page`), /could not be fetched/);
  await sandbox.close();
});
