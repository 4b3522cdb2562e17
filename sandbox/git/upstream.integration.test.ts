// Whatever a server does, who asks it gets an answer or a failure; and none of this machine's own addresses is asked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import type { Outcome } from '../../schema/error.ts';
import { Upstream, type UpstreamOptions } from './upstream.ts';
import type { UpstreamAnswer } from './upstream-request.ts';

/** Asks a server that sends these bytes and then hangs, or ends. */
async function askServer(sent: string, isEnded = false): Promise<Outcome<UpstreamAnswer>> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => (isEnded ? socket.end(sent) : socket.write(sent)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ending = new AbortController();
  try {
    return await askAt(`http://${host}/`, { allowed: new Set([host]) }, ending.signal);
  } finally {
    ending.abort();
    server.close();
  }
}

const askAt = (url: string, options: UpstreamOptions, signal = new AbortController().signal) =>
  new Upstream(options).ask({ url: new URL(url), method: 'GET', headers: {}, body: undefined, signal });

test('a server that switches to another protocol has answered, with a status that is no good', async () => {
  for (const more of ['Connection: Upgrade\r\nUpgrade: websocket\r\n', '']) {
    const answer = await askServer(`HTTP/1.1 101 Switching Protocols\r\n${more}\r\n`);
    assert.ok(answer.ok);
    assert.equal(answer.value.statusCode, 101);
  }
});

test('a server that ends without an answer, or in the middle of its head, is a failure', async () => {
  for (const sent of ['', 'HTTP/1.1 200 OK\r\nContent-', 'HTTP/1.1 100 Continue\r\n\r\n', 'no HTTP']) {
    const answer = await askServer(sent, true);
    assert.ok(!answer.ok, sent);
    assert.equal(answer.failure.code, 'repositoryUnreachable');
  }
});

test('this machine is not asked, under a name or by an address of its own that is of the public internet', async () => {
  const own = { allowed: new Set<string>(), readOwn: async () => ['140.82.121.4', '2606:4700::1111'] };
  const resolve = async () => [{ address: '140.82.121.4', family: 4 }];
  for (const url of ['https://me.example.org/', 'https://140.82.121.4:8443/', 'https://[2606:4700::1111]/']) {
    const answer = await askAt(url, { ...own, resolve });
    assert.ok(!answer.ok);
    assert.match(answer.failure.detail, /leads to an address that is not of the public internet/, url);
  }
});
