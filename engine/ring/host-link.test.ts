// The link to a host says when it is full, by number and by bytes, and has room again once the host has replied.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { succeeded } from '../../schema/error.ts';
import type { FromHost, ToHost } from '../../schema/thread.ts';
import { HostLink, type HostRequest, hostRequestBytesMax, hostRequestsMax } from './host-link.ts';

const { port1: ours, port2: host } = new MessageChannel();
const link = new HostLink(ours, () => assert.fail('Nothing but replies was expected.'));
after(() => {
  link.close();
  host.close();
});

const message = (content: string): HostRequest => ({
  kind: 'command',
  sessionId: 's',
  clients: 1,
  viewers: 0,
  command: { type: 'message', id: 'm', content },
});

/** Has the host reply to all its requests. */
async function replyToAll(waiting: Promise<unknown>[]): Promise<void> {
  const [asked] = (await once(host, 'message')) as [ToHost[]];
  const replies = asked.map((request): FromHost => {
    assert.ok('replyTo' in request);
    return { kind: 'reply', replyTo: request.replyTo, outcome: succeeded({ kind: 'done', sequence: 1 }) };
  });
  host.postMessage(replies);
  await Promise.all(waiting);
}

test('at most so many commands wait for a host, and each reply makes room for another', async () => {
  const waiting = Array.from({ length: hostRequestsMax - 1 }, () => link.ask(message('Go on')));
  assert.equal(link.isFull, false);
  waiting.push(link.ask(message('The last one')));
  assert.equal(link.isFull, true);
  await replyToAll(waiting);
  assert.equal(link.isFull, false);
});

test('a few large commands fill the link as well', async () => {
  const large = 'x'.repeat(hostRequestBytesMax / 8); // Two bytes a character.
  const waiting = [1, 2, 3].map(() => link.ask(message(large)));
  assert.equal(link.isFull, false);
  waiting.push(link.ask(message(large)));
  assert.equal(link.isFull, true);
  await replyToAll(waiting);
  assert.equal(link.isFull, false);
});

test('a request that is never answered gives its room back', async () => {
  const { port1, port2 } = new MessageChannel();
  const silent = new HostLink(port1, () => undefined);
  const waiting = Array.from({ length: hostRequestsMax }, () => silent.ask(message('Go on')));
  assert.equal(silent.isFull, true);
  silent.close();
  const outcomes = await Promise.all(waiting);
  assert.ok(outcomes.every((outcome) => !outcome.ok && outcome.failure.code === 'noAnswer'));
  assert.equal(silent.isFull, false);
  port2.close();
});
