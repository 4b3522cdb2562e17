// Any output is kept as a terminal shows it in the end, however it is cut into chunks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { screenRowCharsMax, screenRowsMax } from './screen.ts';
import { Terminal } from './terminal.ts';

function showOutput(printed: string | Buffer, cuts: readonly number[] = []): string {
  const settled: Buffer[] = [];
  const terminal = new Terminal((bytes) => void settled.push(Buffer.from(bytes)));
  const bytes = Buffer.from(printed);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [at, place] of places.entries()) terminal.add(bytes.subarray(places[at - 1] ?? 0, place));
  terminal.clear();
  return Buffer.concat(settled).toString();
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });

test('20,000 redraws of a line are its last state', () => {
  const redraws = Array.from({ length: 20_000 }, (_, at) => `\rDownloading ${at + 1} of 20000`).join('');
  assert.equal(showOutput(`begin\n${redraws}\nend\n`), 'begin\nDownloading 20000 of 20000\nend\n');
});

test('output is kept as a terminal shows it', () => {
  for (const [printed, expected] of [
    ['50%\r100%\n', '100%\n'],
    ['100%\r50%\n', '50%%\n'],
    ['100%\r\x1b[K50%\n', '50%\n'],
    ['working...\r          \rdone\n', 'done\n'],
    ['working...\r\x1b[2K', ''],
    ['a\rb\r\n', 'b\r\n'],
    ['a\r\r\nb', 'a\r\nb'],
    ['unfinished\r', 'unfinished'],
    ['N\bNA\bAM\bME\bE', 'NAME'],
    ['|\b/\b-\b\\\bdone', 'done'],
    ['\x1b[1;31mred\x1b[0m and \x1b[38;2;1;2;3mmore\x1b[m\n', 'red and more\n'],
    ['\x1b[01;31m\x1b[Kmatch\x1b[m\x1b[K  \n', 'match  \n'],
    ['\x1b[?25lhidden cursor\x1b[?25h', 'hidden cursor'],
    ['\x1b]0;a title\x07text\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\', 'textlink'],
    ['\x1b]0;never ended\ntext', '0;never ended\ntext'],
    ['\x1b]never ended', 'never ended'],
    ['\x1b(Btext\x1b=\x1b>', 'text'],
    ['a: 0%\nb: 0%\n\x1b[2Aa: 100%\n\x1b[Bb: 9%\n', 'a: 100%\nb: 0%\nb: 9%\n'],
    ['a 1\nb 1\n\x1b[2A\x1b[2Ka 2\n\x1b[2Kb 2\n', 'a 2\nb 2\n'],
    ['a\nb\nc\x1b[2A\r\x1b[Jdone\n', 'done\n'],
    ['one\ntwo\n\x1b[H\x1b[2J\x1b[3Jlast\n', 'last\n'],
    ['one\ntwo\n\x1bclast', 'last'],
    ['\x1b7one\x1b8two', 'two'],
    ['abc\x1b[2Dx\x1b[1Gy\x1b[5Gz', 'yxc z'],
    ['abcdef\x1b[4D\x1b[2P|\x1b[@|', 'ab||f'],
    ['abcdef\x1b[3G\x1b[1K\x1b[2Cx', '   dxf'],
    ['été\rE', 'Eté'],
    ['😀😀\rab', 'ab'],
    ['a\x1b', 'a'],
    ['a\x1b[12', 'a'],
    ['a\x1b\x01b', 'a\x01b'],
    ['a\x1b[999999999999Db', 'b'],
  ] as const)
    assert.equal(showOutput(printed), expected, JSON.stringify(printed));
});

test('text that moves no cursor is kept as it is, with ends of lines, tabs and trailing spaces', () => {
  const unit = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\t', ' ', '\0', '\x07', 'é', '😀', 'e\u0301'),
    fc.string({ unit: 'grapheme' }),
  );
  const text = fc.tuple(fc.array(unit, { maxLength: 40 }), fc.constantFrom(1, 1, 100, 2_000)).map(([units, times]) =>
    units
      .join('')
      .replaceAll('\b', '')
      .replaceAll('\x1b', '')
      .replaceAll(/\r(?!\n)/g, '')
      .repeat(times),
  );
  void fc.assert(
    fc.property(text, cuts, (printed, at) => {
      assert.equal(showOutput(printed, at), printed);
    }),
  );
});

test('a row is filled with blanks up to a far column', () => {
  assert.equal(showOutput('\x1b[300Gx'), `${' '.repeat(299)}x`);
  assert.equal(showOutput(`\x1b[4G${'x'.repeat(300)}`), `   ${'x'.repeat(300)}`);
});

const lines = 'a line of some length\n'.repeat(300);

test('a redrawn row, a saved position and a sequence without an end go on in the next chunk as in the same', () => {
  for (const pieces of [
    ['aa😀aaaé\x1b[Haa line of some ', `length\n${lines}`],
    ['a b\x1b[D\x1b[J', lines],
    ['\n\n\n\x1b7\x1b[H\x1b[J', `${'x'.repeat(80)}\n`.repeat(60), '\x1b8y'],
    [`\x1b[${'1'.repeat(70)}`, `${'1'.repeat(10)}m`],
    [`\x1b${' '.repeat(70)}`, `${' '.repeat(10)}m`],
  ]) {
    const places = pieces.map((_, at) => Buffer.byteLength(pieces.slice(0, at).join('')));
    assert.equal(showOutput(pieces.join(''), places), showOutput(pieces.join('')), JSON.stringify(pieces[0]));
  }
});

const sequences = [
  '\x1b[A',
  '\x1b[2B',
  '\x1b[3C',
  '\x1b[D',
  '\x1b[2K',
  '\x1b[J',
  '\x1b[H',
  '\x1b[70G',
  '\x1b[2P',
  '\x1b[@',
  '\x1b[X',
  '\x1b[2J',
  '\x1b[7m',
  '\x1b7',
  '\x1b8',
];

test('output is shown the same wherever it is cut into chunks', () => {
  const unit = fc.constantFrom(
    'a',
    'bc',
    ' ',
    '1'.repeat(70),
    'é',
    '😀',
    '\n',
    '\r\n',
    '\r',
    '\b',
    '\x1b',
    '[',
    ']',
    '\x07',
    ...sequences,
    '\xff',
  );
  const long = fc.constantFrom(lines, '\n'.repeat(4_100), `${'x'.repeat(3_000)}\n`.repeat(70));
  const bytes = fc
    .array(fc.oneof({ arbitrary: unit, weight: 20 }, long), { maxLength: 80 })
    .map((units) => Buffer.concat(units.map((one) => (one === '\xff' ? Buffer.from([0xff]) : Buffer.from(one)))));
  void fc.assert(
    fc.property(bytes, cuts, (printed, at) => {
      assert.equal(showOutput(printed, at), showOutput(printed));
      assert.equal(showOutput(printed, [...printed.keys()].slice(0, 300)), showOutput(printed));
    }),
    { numRuns: 300 },
  );
});

test('lines that have scrolled off stay as they were, and a line without an end is cut at a width', () => {
  const lines = Array.from({ length: screenRowsMax + 5 }, (_, at) => `line ${at}\n`);
  const expected = [...lines.slice(0, 6), 'X\n', ...lines.slice(7)].join('');
  assert.equal(showOutput(`${lines.join('')}\x1b[999A\rX\x1b[K`), expected);
  const long = 'x'.repeat(screenRowCharsMax);
  assert.equal(showOutput(`${long}${long}\rdone\n`), `${long}done${long.slice(4)}\n`);
});

test('the memory of a terminal is bounded, whatever is printed', () => {
  let settledBytes = 0;
  const terminal = new Terminal((bytes) => {
    settledBytes += bytes.length;
  });
  const before = process.memoryUsage().heapUsed;
  for (const piece of ['😀', '\x1b[9999B\x1b[9999Cx', '\x1b]0;', '\x1b[9999@', '\x1b[2J\x1b[H', 'y', 'x\r\x1b[A'])
    for (let n = 0; n < 100; n++) terminal.add(Buffer.from(piece.repeat(1_000)));
  terminal.clear();
  assert.ok(settledBytes > 0);
  assert.ok(process.memoryUsage().heapUsed - before < 50_000_000);
});
