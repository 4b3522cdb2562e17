// Globs as expressions: they mean what a shell's mean, and nothing in a glob is more than a name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { expressionOf, filesFoundMax } from './find-command.ts';
import { FindOutput } from './find-output.ts';

const fits = (glob: string, path: string): boolean => new RegExp(expressionOf(glob), 'u').test(`./${path}`);

test('a glob fits names and the ends of paths, and one that begins with a slash whole paths', () => {
  for (const [glob, fitting, other] of [
    ['*.ts', ['a.ts', 'src/deep/.b.ts'], ['a.tsx', 'ts']],
    ['src/**/*.ts', ['src/a.ts', 'src/x/y/a.ts', 'repo/src/a.ts'], ['a.ts', 'mysrc/a.ts']],
    ['/src/*', ['src/a'], ['repo/src/a', 'src/x/a']],
    ['?[ab]?', ['1a2', 'x/ab.'], ['1c2', 'a']],
    ['[!a].[^b]', ['b.a'], ['a.a', 'c.b']],
    ['{a,b*}.{c,d}', ['a.c', 'bee.d'], ['c.a', 'a,b.c']],
    ['a\\*b', ['a*b'], ['axb']],
    ['a.b+(c)', ['a.b+(c)'], ['aXb+(c)']],
  ] as const) {
    for (const path of fitting) assert.ok(fits(glob, path), `${glob} ${path}`);
    for (const path of other) assert.ok(!fits(glob, path), `${glob} ${path}`);
  }
});

test('a name without signs fits itself and nothing longer', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', '.', '+', '(', ')', '|', '^', '$', 'é', '😀', ' '),
    minLength: 1,
  });
  void fc.assert(
    fc.property(name, (text) => {
      assert.ok(fits(text, text));
      assert.ok(fits(text, `deep/${text}`));
      assert.ok(!fits(text, `${text}x`));
    }),
  );
});

test('of many files the first are shown, and names with line ends on one line', () => {
  const output = new FindOutput();
  for (let n = 0; n <= filesFoundMax; n++) output.addChunk(Buffer.from(`./f${n}\0`));
  assert.match(
    output.toText(),
    /^f0\n(f\d+\n){199}\[More than 200 files fit; these are the newest\. Ask more precisely\.\]\n$/,
  );
  const odd = new FindOutput();
  for (const piece of ['./a', '\nb\0./', 'c']) odd.addChunk(Buffer.from(piece));
  assert.equal(odd.toText(), '"a\\nb"\n');
});
