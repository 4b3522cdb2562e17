// However many frames one socket sends at once, others are heard between them, and none is lost, repeated or overtaken.
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

/** Turns whose ends a test makes, and all that was heard. */
function makeTurns() {
  const due: (() => void)[] = [];
  const turns = new FrameTurns((work) => void due.push(work));
  const heard: string[] = [];
  const line = (name: string) =>
    makeFrameQueue({ receiveFrame: (text) => void heard.push(`${name}${text}`), sendTogether: (work) => work() });
  const endTurn = () => due.shift()?.();
  return { turns, heard, line, endTurn, isOver: () => due.length === 0 };
}

test('a flood of one socket is heard a few at a time, and everybody else as ever', () => {
  const { turns, heard, line, endTurn } = makeTurns();
  const [flooder, other] = [line('f'), line('o')];
  for (let n = 0; n < 2_000; n++) assert.ok(turns.offer(flooder, `${n}`, 4));
  assert.equal(heard.length, framesPerTurnMax);
  assert.ok(turns.offer(other, 'x', 1));
  assert.equal(heard.at(-1), 'ox');
  endTurn();
  assert.equal(heard.length, 2 * framesPerTurnMax + 1);
  turns.offer(other, 'y', 1);
  assert.equal(heard.at(-1), 'oy');
});

test('many floods share what is heard in a turn', () => {
  const { turns, heard, line, endTurn } = makeTurns();
  const flooders = Array.from({ length: 20 }, (_, n) => line(`${n}:`));
  for (const flooder of flooders) for (let n = 0; n < 1_000; n++) turns.offer(flooder, '', 1);
  const before = heard.length;
  endTurn();
  assert.equal(heard.length - before, waitingFramesPerTurnMax);
  const turnsEach = (flooders.length * framesPerTurnMax) / waitingFramesPerTurnMax;
  for (let turn = 1; turn < turnsEach; turn++) endTurn();
  const waited = heard.slice(before);
  for (let n = 0; n < 20; n++) assert.ok(waited.includes(`${n}:`), `${n} had its turn`);
});

test('while many flood, who says one thing is heard with the next turn', () => {
  const { turns, heard, line, endTurn } = makeTurns();
  const flooders = Array.from({ length: 50 }, (_, n) => line(`${n}:`));
  for (const flooder of flooders) for (let n = 0; n < 1_000; n++) turns.offer(flooder, '', 1);
  assert.equal(heard.length, allFramesPerTurnMax);
  turns.offer(line('o'), 'x', 1);
  assert.ok(!heard.includes('ox'));
  endTurn();
  assert.ok(heard.includes('ox'));
});

test('what would wait beyond the bounds is refused, in frames, in bytes, and over all sockets', () => {
  const { turns, line } = makeTurns();
  const small = line('s');
  for (let n = 0; n < framesPerTurnMax + framesWaitingMax; n++) assert.ok(turns.offer(small, '', 0));
  assert.equal(turns.offer(small, '', 0), false);
  const large = () => {
    const one = line('l');
    for (let n = 0; n < framesPerTurnMax; n++) turns.offer(one, '', 0);
    return one;
  };
  const first = large();
  assert.ok(turns.offer(first, 'x', framesWaitingBytesMax));
  assert.equal(turns.offer(first, 'x', 1), false);
  let many = 1;
  while (turns.offer(large(), 'x', framesWaitingBytesMax)) many++;
  assert.equal(many, allFramesWaitingBytesMax / framesWaitingBytesMax);
  turns.drop(first); // Who leaves gives back what it took.
  assert.ok(turns.offer(large(), 'x', framesWaitingBytesMax));
});

test('frames that need no answer are counted with the others, and anew in each turn', () => {
  const { turns, line, endTurn } = makeTurns();
  const ponging = line('p');
  const most = framesPerTurnMax + framesWaitingMax;
  for (let turn = 0; turn < 2; turn++) {
    for (let n = 0; n < most; n++) assert.ok(turns.count(ponging));
    assert.equal(turns.count(ponging), false);
    endTurn();
  }
  assert.ok(turns.offer(ponging, 'x', 1));
});

test('in whatever order sockets talk and turns end, each is heard whole and in order', async () => {
  const step = fc.oneof(
    fc.record({ from: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 1, max: 250 }) }),
    fc.constant('turn' as const),
  );
  await fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { turns, heard, line, endTurn, isOver } = makeTurns();
      const lines = new Map(['a', 'b', 'c'].map((name) => [name, line(name)]));
      const said = new Map<string, string[]>();
      for (const taken of steps) {
        if (taken === 'turn') endTurn();
        else
          for (let n = 0; n < taken.count; n++) {
            const all = said.get(taken.from) ?? [];
            const frame = `${all.length}`;
            said.set(taken.from, [...all, frame]);
            turns.offer(lines.get(taken.from) ?? assert.fail(), frame, frame.length);
          }
      }
      while (!isOver()) endTurn();
      for (const [name, all] of said)
        assert.deepEqual(
          heard.filter((text) => text.startsWith(name)).map((text) => text.slice(1)),
          all,
        );
    }),
    { numRuns: 30 },
  );
});
