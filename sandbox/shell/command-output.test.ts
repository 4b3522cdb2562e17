// A command's output is kept bounded and as a terminal shows it, however it is cut into chunks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CommandOutput, outputBytesMax } from './command-output.ts';

function keepOutput(bytes: Buffer, cuts: readonly number[] = []): CommandOutput {
  const kept = new CommandOutput();
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [at, place] of places.entries()) kept.add(bytes.subarray(places[at - 1] ?? 0, place));
  return kept;
}

const note = /\n\[… (\d+) bytes left out …\]\n/;
const cuts = fc.array(fc.nat(), { maxLength: 20 });
/** Text of more kinds of characters than a cut could fall between, repeated until it is long enough. */
const longBytes = fc
  .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.nat({ max: 3 * outputBytesMax }))
  .map(([any, length]) => {
    const text = withoutMoves(any) || 'x';
    return Buffer.from(text.repeat(1 + Math.ceil(length / Buffer.byteLength(text))));
  });

const withoutMoves = (text: string): string => text.replaceAll('\r', '').replaceAll('\b', '').replaceAll('\x1b', '');

test('a short output that moves no cursor is kept unchanged, however it is cut into chunks', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), cuts, (any, at) => {
      const text = withoutMoves(any);
      assert.equal(keepOutput(Buffer.from(text), at).toText(), text);
    }),
  );
});

test('a long output keeps its beginning and its end, and says exactly how much is left out', async () => {
  await fc.assert(
    fc.property(longBytes, cuts, (bytes, at) => {
      const text = keepOutput(bytes, at).toText();
      const found = note.exec(text);
      if (!found) return assert.equal(text, bytes.toString('utf8'));
      const [head = '', tail = ''] = [text.slice(0, found.index), text.slice(found.index + found[0].length)];
      const whole = bytes.toString('utf8');
      assert.ok(whole.startsWith(head) && whole.endsWith(tail), 'no character is torn');
      assert.equal(Buffer.byteLength(head) + Number(found[1]) + Buffer.byteLength(tail), bytes.length);
      assert.ok(head.length > 0 && tail.length > 0);
    }),
    { numRuns: 50 },
  );
});

test('any bytes become text of bounded length, the same however they are cut into chunks', async () => {
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 500 }), longBytes).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.property(anyBytes, cuts, (bytes, at) => {
      const kept = keepOutput(bytes, at);
      assert.ok(kept.toText().length <= outputBytesMax);
      assert.ok(kept.toText().isWellFormed());
      assert.equal(kept.bytes, bytes.length);
      assert.equal(kept.toText(), keepOutput(bytes).toText());
    }),
    { numRuns: 50 },
  );
});

test('bytes that are no UTF-8 are replaced', () => {
  assert.equal(keepOutput(Buffer.from([0x61, 0xff, 0xc3, 0x62, 0xe2, 0x82])).toText(), 'a\ufffd\ufffdb\ufffd');
});

test('a character that a cut splits is left out as a whole', () => {
  for (const character of ['é', '€', '😀', 'x'])
    for (let shift = 0; shift < 4; shift++) {
      const text = keepOutput(Buffer.from('a'.repeat(shift) + character.repeat(outputBytesMax))).toText();
      assert.doesNotMatch(text, /\ufffd/);
    }
});

test('memory stays bounded for a flood of single bytes', () => {
  const kept = new CommandOutput();
  const byte = Buffer.from('y');
  const before = process.memoryUsage().arrayBuffers;
  for (let at = 0; at < 1_000_000; at++) kept.add(byte);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2_000_000);
  assert.match(kept.toText(), /^y+\n\[… 900100 bytes left out …\]\ny+$/);
});

test('a line that is redrawn is kept in its last state, and what is left out is counted as shown', () => {
  const redraws = Array.from({ length: 20_000 }, (_, at) => `\r${at + 1} of 20000`).join('');
  const kept = keepOutput(Buffer.from(`begin\n${redraws}\nend\n`));
  assert.equal(kept.toText(), 'begin\n20000 of 20000\nend\n');
  assert.ok(kept.bytes > 200_000);
  const line = `\r\x1b[2Kold\r${'x'.repeat(98)}\n`;
  assert.match(
    keepOutput(Buffer.from(line.repeat(2_000))).toText(),
    /^(x{98}\n)+x*\n\[… 98\d\d\d bytes left out …\]\nx*\n(x{98}\n)+$/,
  );
});
