// A frame for many followers is encoded once for each set of additions, and all with that set get the same bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everything, type Features, parseFeatures, plain } from '../../schema/protocol/additions.ts';
import type { Follower, Frame } from './directory.ts';
import { deliverTo, showTransientTo } from './fan-out.ts';

class Listener implements Follower {
  readonly features: Features;
  readonly frames: Frame[] = [];
  readonly sequences: number[] = [];

  constructor(features: Features) {
    this.features = features;
  }

  deliver(events: Parameters<Follower['deliver']>[0]): void {
    for (const { sequence, frames } of events) {
      this.sequences.push(sequence);
      this.frames.push(...frames);
    }
  }

  showTransient(frames: readonly Frame[]): void {
    this.frames.push(...frames);
  }

  expect(): void {}

  async isThere(): Promise<boolean> {
    return true;
  }

  refuse(): void {
    assert.fail();
  }
}

const listeners = (features: Features) => Array.from({ length: 3 }, () => new Listener(features));
const committed = (sequence: number, frame: object) => ({
  sessionId: 's',
  epoch: 1,
  sequence,
  frame: JSON.stringify(frame),
  isLast: false,
});
const ready = { type: 'status', status: 'ready', sequence: 1 };
const ack = { type: 'ack', id: 'a', sequence: 2 };
const finish = { type: 'agent_event', event: 'action', eventType: 'AgentFinishAction', content: 'Done.', sequence: 3 };
const events = [ready, ack, finish].map((frame, at) => committed(at + 1, frame));

const texts = ({ frames }: Listener) => frames.map((frame) => JSON.parse(Buffer.from(frame).toString()) as object);

test('a frame is encoded once for each set of additions, however many follow the session', () => {
  const [all, few, none] = [everything, parseFeatures('ack'), plain].map(listeners);
  deliverTo(new Set([...(all ?? []), ...(few ?? []), ...(none ?? [])]), events);
  for (const [first, ...others] of [all, few, none].map((group) => group ?? []))
    for (const other of others) other.frames.forEach((frame, at) => void assert.equal(frame, first?.frames[at]));
  assert.deepEqual(
    [all, few, none].map((group) => group?.[0]?.frames.length),
    [3, 4, 3],
  );
  assert.deepEqual(texts(all?.[0] as Listener), [ready, ack, finish]);
  assert.deepEqual(texts(few?.[0] as Listener)[1], ack);
});

test('a follower to whom an event shows no frame still gets the event’s sequence', () => {
  const [listener = new Listener(plain)] = listeners(plain);
  deliverTo(new Set([listener]), events);
  assert.deepEqual(listener.sequences, [1, 2, 3]);
  assert.ok(listener.frames.every((frame) => typeof frame === 'string')); // Text costs less for a single follower.
});

test('transient frames are shown to the followers that asked for them', () => {
  const [asking, plainly] = [new Listener(parseFeatures('agent_delta')), new Listener(plain)];
  showTransientTo(new Set([asking, plainly]), JSON.stringify({ type: 'agent_delta', text: 'Hm' }));
  assert.deepEqual([texts(asking), texts(plainly)], [[{ type: 'agent_delta', text: 'Hm' }], []]);
});
