// What waits in the bus's connection is bounded, without asking the server after each post.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusMessage } from '../../schema/bus.ts';
import { Bus } from './bus.ts';
import type { BusWire } from './wire.ts';

/** A connection whose server reads when it is told to. */
function wireOf(): { wire: BusWire; reads: PromiseWithResolvers<void>[] } {
  const reads: PromiseWithResolvers<void>[] = [];
  const wire: BusWire = {
    isUp: true,
    bytesMax: 1024 * 1024,
    open: () => undefined,
    send: () => undefined,
    listen: () => undefined,
    flush: () => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      return read.promise;
    },
    onChange: () => undefined,
    close: async () => undefined,
  };
  return { wire, reads };
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
