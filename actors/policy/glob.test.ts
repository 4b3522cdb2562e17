// Patterns of rules and hooks: what they fit, and that no pattern takes long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fitsGlob, fitsText } from './glob.ts';

test('a star stands for any text, and for none', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
  void fc.assert(
    fc.property(letters, text, (pattern, given) => {
      assert.equal(fitsText(pattern, given), new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`).test(given));
    }),
  );
});

test('one star stays within a folder, two go through folders', () => {
  const rows: [pattern: string, named: string, fits: boolean][] = [
    ['docs/**', 'docs/a/b.md', true],
    ['docs/**', 'other/docs/a', false],
    ['**/.env*', '.env.local', true],
    ['**/.env*', 'a/b/.env', true],
    ['**/*.py', 'a/b.py', true],
    ['*.py', 'a/b.py', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['src/*/x', 'src/a/b/x', false],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
    ['**', 'a/b', true],
    ['', 'a', false],
  ];
  for (const [pattern, named, fits] of rows) assert.equal(fitsGlob(pattern, named), fits, `${pattern} ${named}`);
});

test('no pattern takes long', () => {
  assert.equal(fitsText(`${'*a'.repeat(490)}b`, 'a'.repeat(50_000)), false);
  assert.equal(fitsGlob(`${'*a'.repeat(490)}b`, 'a'.repeat(4_000)), false);
  assert.equal(fitsGlob(`${'**/'.repeat(300)}c`, 'a/'.repeat(2_000)), false);
  for (const pattern of ['{1..1000000}', '{a,b}'.repeat(200), '+(+(a))'.repeat(100)])
    assert.equal(fitsGlob(pattern, 'a'.repeat(4_000)), false);
});
