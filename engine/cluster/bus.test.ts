// What is posted when, and how much waits in the bus's connection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BusMessage, encodeMessage, encodePost, readPost } from '../../schema/bus.ts';
import { waitUntil } from '../testing/rest.ts';
import { Bus } from './bus.ts';
import type { BusWire } from './wire.ts';

/** A connection whose server reads when it is told to. */
function wireOf() {
  const sent: Uint8Array[] = [];
  const receivers: ((bytes: Uint8Array) => void)[] = [];
  const reads: PromiseWithResolvers<void>[] = [];
  const wire: BusWire = {
    isUp: true,
    bytesMax: 1024 * 1024,
    open: () => undefined,
    send: (_, bytes) => void sent.push(bytes),
    listen: (_, receive) => void receivers.push(receive),
    flush: () => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      return read.promise;
    },
    onChange: () => undefined,
    close: async () => undefined,
  };
  return { wire, reads, sent, receivers };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const openBus = (wire: BusWire) => new Bus({ wire, cluster: 'test', bootId: 'me', now: Date.now });
const frame = (chars: number): BusMessage => ({ kind: 'live', sessionId: 's', frames: [`{${'x'.repeat(chars)}`] });

test('posts of frames wait for no answer of the server', async () => {
  const { wire, reads } = wireOf();
  const bus = openBus(wire);
  for (let post = 0; post < 100; post++) {
    bus.send({ bootId: 'other' }, frame(300));
    await nextTurn();
  }
  assert.equal(reads.length, 0);
});

test('a bus is full while the server does not read, and has room again once it has', async () => {
  const { wire, reads } = wireOf();
  const bus = openBus(wire);
  for (let post = 0; post < 20; post++) {
    bus.send({ bootId: 'other' }, frame(500_000));
    await nextTurn();
  }
  assert.equal(bus.isFull, true);
  for (let asked = 0; asked < reads.length; asked++) {
    reads[asked]?.resolve();
    await nextTurn();
  }
  assert.deepEqual([bus.isFull, reads.length], [false, 2]);
});

const kindsOf = (bytes: Uint8Array) => readPost(bytes)?.messages.map(({ kind }) => kind);

test('what nobody waits for goes before the next message to the same engine, in one post', async () => {
  const { wire, sent } = wireOf();
  const bus = openBus(wire);
  bus.send({ bootId: 'other' }, frame(300), 'soon');
  bus.send({ bootId: 'other' }, { kind: 'moved', sessionId: 's' });
  await nextTurn();
  assert.deepEqual(sent.map(kindsOf), [['live', 'moved']]);
});

test('what nobody waits for goes by itself where nothing follows', async () => {
  const { wire, sent } = wireOf();
  const bus = openBus(wire);
  bus.send({ bootId: 'other' }, frame(300), 'soon');
  bus.send({ bootId: 'another' }, frame(300), 'soon');
  await waitUntil(() => sent.length === 2);
  assert.deepEqual(sent.map(kindsOf), [['live'], ['live']]);
});

test('a message that can’t be received is told of, and those beside it are received', () => {
  const { wire, receivers } = wireOf();
  const [received, thrown]: [string[], unknown[]] = [[], []];
  openBus(wire).start({
    receive: (_, { kind }) => {
      if (kind === 'moved') throw new Error('No such field');
      received.push(kind);
    },
    onRefused: () => assert.fail('An engine sends such messages.'),
    onThrown: (error) => thrown.push(String(error)),
    onChange: () => undefined,
  });
  const messages: BusMessage[] = [frame(1), { kind: 'moved', sessionId: 's' }, { kind: 'leaving' }];
  receivers[0]?.(encodePost('other', 0, messages.map(encodeMessage)));
  assert.deepEqual([received, thrown], [['live', 'leaving'], ['Error: No such field']]);
});
