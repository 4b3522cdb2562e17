// However many frames one socket sends at once, others' are received between them, and none is lost, repeated or overtaken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  allFramesPerTurnMax,
  allFramesWaitingBytesMax,
  FrameTurns,
  framesPerTurnMax,
  framesWaitingBytesMax,
  framesWaitingMax,
  makeFrameQueue,
  waitingFramesPerTurnMax,
} from './frame-turns.ts';

/** Turns that a test ends itself, and every frame that was received. */
function makeTurns() {
  const due: (() => void)[] = [];
  const turns = new FrameTurns((work) => void due.push(work));
  const received: string[] = [];
  const makeQueue = (name: string) =>
    makeFrameQueue({ receiveFrame: (text) => void received.push(`${name}${text}`), sendTogether: (work) => work() });
  const endTurn = () => due.shift()?.();
  return { turns, received, makeQueue, endTurn, isOver: () => due.length === 0 };
}

test('the frames of a flood are received a few at a time, and those of others at once', () => {
  const { turns, received, makeQueue, endTurn } = makeTurns();
  const [flooder, other] = [makeQueue('f'), makeQueue('o')];
  for (let n = 0; n < 2_000; n++) assert.ok(turns.offer(flooder, `${n}`, 4));
  assert.equal(received.length, framesPerTurnMax);
  assert.ok(turns.offer(other, 'x', 1));
  assert.equal(received.at(-1), 'ox');
  endTurn();
  assert.equal(received.length, 2 * framesPerTurnMax + 1);
  turns.offer(other, 'y', 1);
  assert.equal(received.at(-1), 'oy');
});

test('many floods share the frames that are received in a turn', () => {
  const { turns, received, makeQueue, endTurn } = makeTurns();
  const flooders = Array.from({ length: 20 }, (_, n) => makeQueue(`${n}:`));
  for (const flooder of flooders) for (let n = 0; n < 1_000; n++) turns.offer(flooder, '', 1);
  const before = received.length;
  endTurn();
  assert.equal(received.length - before, waitingFramesPerTurnMax);
  const turnsEach = (flooders.length * framesPerTurnMax) / waitingFramesPerTurnMax;
  for (let turn = 1; turn < turnsEach; turn++) endTurn();
  const waited = received.slice(before);
  for (let n = 0; n < 20; n++) assert.ok(waited.includes(`${n}:`), `${n} had its turn`);
});

test('a client that sends one frame while many flood has it received with the next turn', () => {
  const { turns, received, makeQueue, endTurn } = makeTurns();
  const flooders = Array.from({ length: 50 }, (_, n) => makeQueue(`${n}:`));
  for (const flooder of flooders) for (let n = 0; n < 1_000; n++) turns.offer(flooder, '', 1);
  assert.equal(received.length, allFramesPerTurnMax);
  turns.offer(makeQueue('o'), 'x', 1);
  assert.ok(!received.includes('ox'));
  endTurn();
  assert.ok(received.includes('ox'));
});

test('a frame is refused when too many frames or bytes wait, of its socket or of all', () => {
  const { turns, makeQueue } = makeTurns();
  const small = makeQueue('s');
  for (let n = 0; n < framesPerTurnMax + framesWaitingMax; n++) assert.ok(turns.offer(small, '', 0));
  assert.equal(turns.offer(small, '', 0), false);
  const makeFull = () => {
    const queue = makeQueue('l');
    for (let n = 0; n < framesPerTurnMax; n++) turns.offer(queue, '', 0);
    return queue;
  };
  const first = makeFull();
  assert.ok(turns.offer(first, 'x', framesWaitingBytesMax));
  assert.equal(turns.offer(first, 'x', 1), false);
  let many = 1;
  while (turns.offer(makeFull(), 'x', framesWaitingBytesMax)) many++;
  assert.equal(many, allFramesWaitingBytesMax / framesWaitingBytesMax);
  turns.drop(first); // A socket that leaves gives back its bytes.
  assert.ok(turns.offer(makeFull(), 'x', framesWaitingBytesMax));
});

test('frames that need no answer are counted too, and anew in each turn', () => {
  const { turns, makeQueue, endTurn } = makeTurns();
  const ponging = makeQueue('p');
  const most = framesPerTurnMax + framesWaitingMax;
  for (let turn = 0; turn < 2; turn++) {
    for (let n = 0; n < most; n++) assert.ok(turns.count(ponging));
    assert.equal(turns.count(ponging), false);
    endTurn();
  }
  assert.ok(turns.offer(ponging, 'x', 1));
});

test('each socket has all its frames received in order, however sockets send and turns end', async () => {
  const step = fc.oneof(
    fc.record({ from: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 1, max: 250 }) }),
    fc.constant('turn' as const),
  );
  await fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => {
      const { turns, received, makeQueue, endTurn, isOver } = makeTurns();
      const queues = new Map(['a', 'b', 'c'].map((name) => [name, makeQueue(name)]));
      const sent = new Map<string, string[]>();
      for (const taken of steps) {
        if (taken === 'turn') endTurn();
        else
          for (let n = 0; n < taken.count; n++) {
            const all = sent.get(taken.from) ?? [];
            const frame = `${all.length}`;
            sent.set(taken.from, [...all, frame]);
            turns.offer(queues.get(taken.from) ?? assert.fail(), frame, frame.length);
          }
      }
      while (!isOver()) endTurn();
      for (const [name, all] of sent)
        assert.deepEqual(
          received.filter((text) => text.startsWith(name)).map((text) => text.slice(1)),
          all,
        );
    }),
    { numRuns: 30 },
  );
});
