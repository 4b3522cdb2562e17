// Requests stream through the git proxy: no pack is kept in memory, no session waits for another, and none stays open.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { blockListOf } from '../outbound/address.ts';
import type { GitServer } from '../testing/git-server.ts';
import { grantAccess, refsPath, sendRequest, shareTestGitProxy, type TestGitProxy } from '../testing/test-git-proxy.ts';
import { waitUntilHolds } from '../testing/wait-until.ts';
import { gitConnectionsPerAddressMax } from './admission.ts';
import type { GitGrant } from './git-proxy.ts';
import { gitRequestsPerSessionMax } from './grant.ts';
import type { ListenAddress } from './listen-address.ts';

const megabyte = 1024 * 1024;
const pack = { 'content-type': 'application/x-git-upload-pack-result' };

let setup: TestGitProxy;
let server: GitServer;
let grant: GitGrant;

shareTestGitProxy((shared) => {
  ({ setup, server, grant } = shared);
});

test('fifty megabytes pass both ways without being kept in memory', async () => {
  server.addRepository('user/big', { big: randomBytes(50 * megabyte) });
  server.addRepository('user/copy');
  const [big, copy] = [await setup.grant('user/big'), await setup.grant('user/copy')];
  const peakBytes = await measurePeakBytes(async () => {
    await setup.runGit('clone', '--quiet', big.url, 'big');
    assert.match(await setup.runGit('-C', 'big', 'push', copy.url, 'HEAD:big'), /new branch/);
  });
  assert.ok(peakBytes < 20 * megabyte, `${Math.round(peakBytes / megabyte)} MB were held`);
  assert.match(server.runGit('user/copy', 'ls-tree', '-l', 'big'), /52428800\tbig/);
});

/** Measures how far the memory beside V8's heap rises, where packs would be kept; garbage isn't counted. */
async function measurePeakBytes(work: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const countBytes = () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = countBytes();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, countBytes());
  }, 20);
  await work();
  clearInterval(timer);
  return peak - before;
}

test("a client that reads slowly slows the server down, and does not fill the git proxy's memory", async () => {
  let sentBytes = 0;
  server.answer = (_, response) => {
    response.writeHead(200, pack);
    const more = () => {
      for (let hasRoom = true; hasRoom && !response.destroyed; sentBytes += megabyte)
        hasRoom = response.write(Buffer.alloc(megabyte));
    };
    response.on('drain', more);
    more();
    return true;
  };
  const response = await new Promise<http.IncomingMessage>((resolve) => http.get(`${grant.url}${refsPath}`, resolve));
  response.on('error', () => undefined).pause();
  for (let before = -1; before !== sentBytes; await delay(100)) before = sentBytes;
  assert.ok(sentBytes < 30 * megabyte, `${sentBytes / megabyte} MB were taken from the server`);
  response.destroy();
});

test('a revoked grant refuses later requests, and cuts those on their way', async () => {
  server.answer = (_, response) => response.writeHead(200, pack).write('0008NAK\n');
  const response = await new Promise<http.IncomingMessage>((resolve) => http.get(`${grant.url}${refsPath}`, resolve));
  const ended = response.toArray().then(
    () => 'complete',
    () => 'cut',
  );
  grant.revoke();
  assert.equal(await ended, 'cut');
  assert.equal((await sendRequest(`${grant.url}${refsPath}`)).status, 403);
});

test('a client that goes away while it reads ends its request to the server', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.answer = (_, response) => response.once('close', resolve).writeHead(200, pack).write('0008NAK\n');
  const client = http.get(`${grant.url}${refsPath}`).on('error', () => undefined);
  await new Promise<void>((done) => {
    client.once('response', (response) => {
      response.on('error', () => undefined);
      done();
    });
  });
  client.destroy();
  await closed;
  await assertRequestsPass();
});

test('a client that goes away while it sends ends its request to the server', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.answer = (request) =>
    Boolean(
      request
        .on('error', () => undefined)
        .once('close', resolve)
        .resume(),
    );
  const client = http.request(`${grant.url}/git-receive-pack`, { method: 'POST' }).on('error', () => undefined);
  client.write('0000');
  while (server.requests.length === 0) await delay(5);
  client.destroy();
  await closed;
  await assertRequestsPass();
});

/** Checks that the session's requests pass again, by as many as it may have at once. */
async function assertRequestsPass(): Promise<void> {
  server.reset();
  for (let made = 0; made < gitRequestsPerSessionMax; made++)
    assert.equal((await sendRequest(`${grant.url}${refsPath}`)).status, 200);
}

test('a refusal in the middle of a long push reaches git', async () => {
  server.answer = (request, response) => {
    response.writeHead(413).flushHeaders();
    return Boolean(request.on('error', () => undefined).resume());
  };
  const { promise: response, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const client = http.request(`${grant.url}/git-receive-pack`, { method: 'POST' }, resolve).on('error', reject);
  for (let sent = 0; sent < 40; sent++) if (!client.write(Buffer.alloc(megabyte))) await delay(5);
  client.end();
  assert.equal((await response).statusCode, 413);
  assert.equal(grant.failure?.code, 'repositoryTooLarge');
  await assertRequestsPass();
});

test('a pack that the server cuts short is cut short for git too', async () => {
  server.answer = (_, response) => {
    response.writeHead(200, pack).write('001e# service');
    return Boolean(setTimeout(() => response.destroy(), 20));
  };
  await assert.rejects(sendRequest(`${grant.url}${refsPath}`), /aborted|socket hang up/);
  while (grant.failure === undefined) await delay(5);
  assert.match(grant.failure.detail, /broke before everything was there/);
});

test('a session has a bounded number of requests at once, and other sessions have their own', async () => {
  const held: http.ServerResponse[] = [];
  server.answer = (_, response) => Boolean(held.push(response));
  const other = await setup.grant('user/other');
  const pending = Array.from({ length: gitRequestsPerSessionMax }, () => sendRequest(`${grant.url}${refsPath}`));
  while (held.length < gitRequestsPerSessionMax) await delay(5);
  const answer = await sendRequest(`${grant.url}${refsPath}`);
  assert.deepEqual([answer.status, answer.text], [429, 'Too many git requests of this session are on their way.\n']);
  server.reset();
  assert.equal((await sendRequest(`${other.url}${refsPath}`)).status, 200);
  for (const response of held) response.writeHead(404).end();
  assert.ok((await Promise.all(pending)).every(({ status }) => status === 404));
  assert.equal((await sendRequest(`${grant.url}${refsPath}`)).status, 200);
});

/** Opens a git proxy for sandboxes with addresses of their own in a range. @returns a grant's URL */
async function openForPeers(range: string): Promise<string> {
  const address: ListenAddress = {
    kind: 'address',
    addresses: ['127.0.0.1'],
    ports: { min: 0, count: 1 },
    peers: blockListOf([range]),
    isPeerASandbox: true,
  };
  const proxy = setup.openAnother([server.host], { address });
  return (await grantAccess(proxy, server.urlOf('user/app'))).url;
}

test('a connection from another network is closed without an answer', async () => {
  const url = await openForPeers('10.0.0.0/8');
  await assert.rejects(sendRequest(`${url}${refsPath}`), /ECONNRESET|socket hang up/);
});

test('an address has a bounded number of connections, and may connect again when they have ended', async () => {
  const url = await openForPeers('127.0.0.0/8');
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: gitConnectionsPerAddressMax }, () => connect(Number(port), hostname));
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))));
  await assert.rejects(sendRequest(`${url}${refsPath}`), /ECONNRESET|socket hang up/);
  for (const socket of sockets) socket.destroy();
  const statusOf = async () => (await sendRequest(`${url}${refsPath}`).catch(() => undefined))?.status;
  // The git proxy notices the ends of connections a moment later.
  await waitUntilHolds(async () => assert.equal(await statusOf(), 200));
});

test("the git proxy listens at the first address that is this machine's own, and fails without one", async () => {
  const address: ListenAddress = {
    kind: 'address',
    addresses: ['203.0.113.1', '127.0.0.1'],
    ports: { min: 0, count: 1 },
    peers: blockListOf(['127.0.0.0/8']),
    isPeerASandbox: true,
  };
  const own = setup.openAnother([server.host], { address });
  assert.match((await grantAccess(own, server.urlOf('user/app'))).url, /^http:\/\/127\.0\.0\.1:/);
  const nowhere = setup.openAnother([server.host], { address: { ...address, addresses: ['203.0.113.1'] } });
  const outcome = await nowhere.grant({ repoUrl: server.urlOf('user/app'), token: null });
  assert.match(outcome.ok ? '' : outcome.failure.detail, /can't listen .* EADDRNOTAVAIL/);
});

test('a closed git proxy gives no more grants, and accepts no connections', async () => {
  const own = setup.openAnother([server.host]);
  const { url } = await grantAccess(own, server.urlOf('user/app'));
  await own.close();
  await assert.rejects(sendRequest(`${url}${refsPath}`), /ECONNREFUSED/);
  assert.equal((await own.grant({ repoUrl: server.urlOf('user/app'), token: null })).ok, false);
});
