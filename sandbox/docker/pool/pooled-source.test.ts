// What a pool makes of a daemon that answers some of what it is asked, or nothing; tried on servers that stand in for one.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { testSettingsFor } from '../../testing/docker-sandboxes.ts';
import { DaemonWatch } from './daemon-watch.ts';
import { PooledSource } from './pooled-source.ts';

/** A daemon that breaks the connection of every question it doesn't answer. */
async function startDaemon(t: TestContext, answersPings: boolean) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (answersPings && request.url?.endsWith('/_ping')) response.end('OK');
    else request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, daemon: { name: 'tcp://127.0.0.1', at: { host: '127.0.0.1', port, tls: undefined } } };
}

test('a daemon that answers, but never whether it has a session, is trouble in the end', async (t) => {
  const { daemon, asked } = await startDaemon(t, true);
  const pool = new PooledSource(testSettingsFor('pool'), [daemon], 0);
  t.after(() => pool.close());
  await assert.rejects(pool.remove({ sessionId: 'a', userId: 'ada' }), { code: 'ECONNRESET' });
  assert.equal(asked.filter((url) => url.includes('/containers/')).length, 3);
});

test('a daemon that is known to be away is not waited for again', async (t) => {
  const { daemon, asked } = await startDaemon(t, false);
  const watch = new DaemonWatch({ ...testSettingsFor('pool'), daemon }, 1_200);
  assert.equal(await watch.isAway(), false, 'nobody has asked it yet');
  await assert.rejects(watch.docker.ping());
  assert.equal(await watch.isAway(), true);
  const before = asked.length;
  assert.equal(await watch.isAway(), true);
  assert.equal(asked.length, before + 1);
});
