// What a model reads of an output: all of a short one, both ends of a long one, and where the whole of it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KeptOutput } from './kept-output.ts';
import { ObservedOutput, observedBytesMax, shownLineCharsMax } from './observed-output.ts';

const { signal } = new AbortController();
const path = '/home/agent/.lucid/output/0123abcd.txt';

/** Keeps in memory what it is given. */
function makeKeeper(isWhole = true): { kept: KeptOutput; text(): string } {
  const chunks: Buffer[] = [];
  const kept = {
    add: (chunk: Buffer) => void chunks.push(chunk),
    finish: async () => ({ path, isWhole }),
    abandon: () => undefined,
  };
  return { kept, text: () => Buffer.concat(chunks).toString() };
}

async function observe(text: string, keeper?: ReturnType<typeof makeKeeper>): Promise<string> {
  const observed = new ObservedOutput(keeper && (() => keeper.kept));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 5_000) observed.collected.add(bytes.subarray(at, at + 5_000));
  return observed.finish(signal);
}

const linesOf = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at + 1} of a log\n`).join('');

test('a short output is read whole, and kept nowhere', async () => {
  const keeper = makeKeeper();
  const text = linesOf(400);
  assert.equal(await observe(text, keeper), text);
  assert.equal(keeper.text(), '');
});

test('of a long output both ends are read, in whole lines, and the file that has all of it is named', async () => {
  const keeper = makeKeeper();
  const text = linesOf(2_000);
  const read = await observe(text, keeper);
  assert.equal(keeper.text(), text);
  const [, head = '', left, bytes, tail = ''] =
    /^(.*)\n\[… (\d+) of (\d+) bytes left out; the whole is in \S+ …\]\n(.*)$/s.exec(read) ?? [];
  assert.equal(Number(bytes), text.length);
  assert.equal(head.length + 1 + Number(left) + tail.length, text.length + 1);
  assert.ok(text.startsWith(`${head}\n`) && text.endsWith(`\n${tail}`));
  assert.ok(read.includes(path) && read.length < 8_500 && tail.length > head.length);
});

test('of an output of a megabyte little is read: it is to be searched', async () => {
  const read = await observe(linesOf(60_000), makeKeeper());
  assert.ok(read.length < 1_800);
  assert.match(read, /^line 1 of a log\n.*\nline 60000 of a log\n$/s);
});

test('a line that is very long is cut where it is shown, and whole in the file', async () => {
  const keeper = makeKeeper();
  const text = `begin\n${'x'.repeat(300_000)}\nend\n`;
  const read = await observe(text, keeper);
  assert.ok(read.split('\n').every((line) => line.length < shownLineCharsMax + 50));
  assert.match(read, /^begin\nx+… \[\d+ more characters\]\n\[… .* …\]\n.*\nend\n$/s);
  assert.equal(keeper.text(), text);
});

test('a progress bar costs its last line, however often it is redrawn', async () => {
  const keeper = makeKeeper();
  const redraws = Array.from({ length: 20_000 }, (_, at) => `\r\x1b[2K\x1b[32m${at + 1} of 20000\x1b[0m`).join('');
  assert.equal(await observe(`${redraws}\n`, keeper), '20000 of 20000\n');
  assert.equal(keeper.text(), '');
});

test('an output that could not be kept, or only its beginning, says so', async () => {
  const text = linesOf(2_000);
  assert.match(await observe(text), /\[… \d+ of \d+ bytes left out …\]/);
  assert.match(await observe(text, makeKeeper(false)), /; its beginning is in \S+ …\]/);
});

test('any output is read in bounded length, and the whole of a long one is kept', async () => {
  const unit = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 30 })
    .map((text) => text.replaceAll('\r', '').replaceAll('\b', '').replaceAll('\x1b', ''));
  await fc.assert(
    fc.asyncProperty(unit, fc.nat({ max: 3 * observedBytesMax }), async (some, length) => {
      const text = (some || 'x').repeat(1 + Math.ceil(length / Buffer.byteLength(some || 'x')));
      const keeper = makeKeeper();
      const read = await observe(text, keeper);
      assert.ok(read.length <= observedBytesMax && read.isWellFormed());
      assert.ok(keeper.text() === '' ? read === text : keeper.text() === text);
    }),
    { numRuns: 50 },
  );
});
