// The order of events: whatever comes twice, early or not at all, each is told once and in order, and what is missing is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { SessionEvent } from './frames.ts';
import { Track } from './track.ts';

const eventOf = (sequence: number, type: 'ack' | 'agent_event' = 'agent_event', epoch = 1) =>
  ({ type, sessionId: 's-1', epoch, sequence }) as SessionEvent;

/** What a client is told: the sequences of events, and of gaps what is missing. */
function told(track: Track, events: readonly SessionEvent[]): (number | string)[] {
  return events
    .flatMap((event) => track.take(event))
    .map((each) => {
      if (each.kind === 'event') return each.event.sequence;
      return each.gap.reason === 'missing' ? `${each.gap.fromSequence}-${each.gap.toSequence}` : each.gap.reason;
    });
}

test('events that come again after a lost connection are told once, in order', async () => {
  // Each connection begins behind the position, or before it, and ends anywhere.
  const connections = fc.array(fc.record({ back: fc.nat(5), length: fc.nat(8) }), { maxLength: 20 });
  await fc.assert(
    fc.property(connections, (all) => {
      const track = new Track();
      const heard = all.flatMap(({ back, length }) => {
        const from = Math.max(1, track.position.sequence + 1 - back);
        return told(
          track,
          Array.from({ length }, (_, at) => eventOf(from + at)),
        );
      });
      assert.deepEqual(
        heard,
        heard.map((_, at) => at + 1),
      );
    }),
  );
});

test('the answer to a command that is sent again comes in its place, though it is heard at once', async () => {
  await fc.assert(
    fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(30), fc.nat(30), (length, acked, heardAt) => {
      const ackAt = 1 + (acked % length);
      const events = Array.from({ length }, (_, at) => eventOf(at + 1, at + 1 === ackAt ? 'ack' : 'agent_event'));
      events.splice(heardAt % length, 0, eventOf(ackAt, 'ack'));
      assert.deepEqual(
        told(new Track(), events),
        Array.from({ length }, (_, at) => at + 1),
      );
    }),
  );
});

test('events that the engine has lost are told as a gap, also around an answer that was heard early', () => {
  assert.deepEqual(told(new Track(), [eventOf(1), eventOf(4), eventOf(5)]), [1, '2-3', 4, 5]);
  assert.deepEqual(told(new Track(), [eventOf(1), eventOf(3, 'ack'), eventOf(5)]), [1, '2-2', 3, '4-4', 5]);
});

test('a position that is believed is gone on from, one that is not begins again, and says so', () => {
  const track = new Track({ epoch: 2, sequence: 7 });
  assert.deepEqual(track.attach(true), []);
  assert.deepEqual(told(track, [eventOf(7), eventOf(8, 'agent_event', 3)]), [8]);
  assert.deepEqual(track.position, { epoch: 3, sequence: 8 });
  assert.deepEqual(track.attach(false), [
    { kind: 'gap', gap: { reason: 'notRecovered', position: { epoch: 3, sequence: 8 } } },
  ]);
  assert.deepEqual(told(track, [eventOf(1), eventOf(2)]), [1, 2]);
});

test('a client that has seen nothing yet misses nothing by that', () => {
  assert.deepEqual(new Track().attach(false), []);
});
