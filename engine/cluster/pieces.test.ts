// Messages in pieces: each is joined as it was, or not at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { joiningBytesMax, messageBytesMax, type Piece, PieceJoiner, splitIntoPieces } from './pieces.ts';

const anySize = fc.integer({ min: 4, max: 40 });
const join = (joiner: PieceJoiner, from: string, pieces: Iterable<Piece>): string[] =>
  [...pieces].flatMap((piece) => joiner.receive(from, piece, 0)?.toString() ?? []);

test('a message in pieces arrives as it was sent, each piece as small as it has to be', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), anySize, (text, size) => {
      const pieces = [...splitIntoPieces(1, text, size)];
      assert.ok(pieces.every(({ part }) => part.length <= size + 3));
      assert.deepEqual(join(new PieceJoiner(), 'a', pieces), [Buffer.from(text).toString()]);
    }),
  );
});

test('whatever is lost on the way, no message arrives changed, and the next one arrives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1 })),
      fc.infiniteStream(fc.boolean()),
      anySize,
      (texts, lost, size) => {
        const joiner = new PieceJoiner();
        const pieces = texts.flatMap((text, id) => [...splitIntoPieces(id, text, size)]);
        const arrived = join(
          joiner,
          'a',
          pieces.filter(() => !lost.next().value),
        );
        const sent = texts.map((text) => Buffer.from(text).toString());
        for (const text of arrived) assert.ok(sent.includes(text));
        assert.deepEqual(join(joiner, 'a', splitIntoPieces(texts.length, 'the next one', size)), ['the next one']);
      },
    ),
  );
});

test('messages of several engines are joined beside each other', () => {
  const joiner = new PieceJoiner();
  const [a, b] = [[...splitIntoPieces(1, 'from the first', 8)], [...splitIntoPieces(1, 'from other one', 8)]];
  const arrived = a.flatMap((piece, at) => [...join(joiner, 'a', [piece]), ...join(joiner, 'b', [b[at] as Piece])]);
  assert.deepEqual(arrived, ['from the first', 'from other one']);
});

test('a message that says that it is larger than any is not kept', () => {
  const joiner = new PieceJoiner();
  const part = Buffer.from('abc').toString('base64');
  const of = messageBytesMax + 3;
  assert.equal(joiner.receive('a', { kind: 'piece', id: 1, at: 0, of, part }, 0), undefined);
  assert.equal(joiner.receive('a', { kind: 'piece', id: 1, at: 3, of: 6, part }, 0), undefined);
});

test('what was joined of a message whose next piece does not come is forgotten, and the next message arrives', () => {
  const joiner = new PieceJoiner();
  const [first, second] = splitIntoPieces(1, 'a sender that dies', 8) as Iterable<Piece>;
  assert.ok(first && second);
  joiner.receive('a', first, 0);
  joiner.receive('a', second, 9_000);
  joiner.forgetSilent(18_000);
  assert.ok(joiner.bytes > 0, 'its pieces were slow, no more');
  joiner.forgetSilent(20_000);
  assert.equal(joiner.bytes, 0);
  assert.deepEqual(join(joiner, 'a', splitIntoPieces(2, 'its next life', 8)), ['its next life']);
});

test('where too many engines send large messages at once, the one that was heard last goes on', () => {
  const joiner = new PieceJoiner();
  const of = messageBytesMax;
  const half = Buffer.alloc(of / 2).toString('base64');
  const halves = joiningBytesMax / (of / 2);
  const send = (from: string, at: number) => joiner.receive(from, { kind: 'piece', id: 1, at, of, part: half }, 0);
  for (let n = 0; n < halves; n++) send(`engine ${n}`, 0);
  const quarter = Buffer.alloc(of / 4).toString('base64');
  joiner.receive('engine 0', { kind: 'piece', id: 1, at: of / 2, of, part: quarter }, 0);
  assert.ok(joiner.bytes <= joiningBytesMax);
  assert.equal(
    joiner.receive('engine 0', { kind: 'piece', id: 1, at: (of / 4) * 3, of, part: quarter }, 0)?.length,
    of,
  );
  assert.equal(send('engine 1', of / 2), undefined, 'it had been silent longest');
  assert.equal(send('engine 2', of / 2)?.length, of);
});
