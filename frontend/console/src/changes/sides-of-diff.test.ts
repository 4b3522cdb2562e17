// The two sides of a diff are the file as it was and as it is, whatever its lines look like.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SideLine, sidesOfDiff } from './sides-of-diff.ts';

const textOf = (lines: readonly SideLine[]) => lines.map(({ text }) => text);
const numbersOf = (lines: readonly SideLine[]) => lines.map(({ number }) => number);

test('a new file has nothing before, a deleted one nothing after', () => {
  const added = sidesOfDiff(
    'diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+one\n+two\n',
  );
  assert.deepEqual([added.before, textOf(added.after), numbersOf(added.after)], [[], ['one', 'two'], [1, 2]]);
  const deleted = sidesOfDiff('--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n');
  assert.deepEqual([textOf(deleted.before), deleted.after], [['one'], []]);
});

const diff =
  '--- a/x\n+++ b/x\n@@ -2,3 +2,4 @@ f() {\n two\n-three\n+THREE\n+and\n four\n@@ -9,2 +10,1 @@\n nine\n-ten\n';

test('without its content only what is about the changes is shown, with its numbers and gaps between', () => {
  const { before, after, isWhole } = sidesOfDiff(diff);
  assert.ok(!isWhole);
  assert.deepEqual(numbersOf(before), [null, 2, 3, 4, null, 9, 10]);
  assert.deepEqual(textOf(after), ['⋯', 'two', 'THREE', 'and', 'four', '⋯', 'nine']);
  assert.deepEqual(numbersOf(after), [null, 2, 3, 4, 5, null, 10]);
});

test('with its content both sides are whole, and a content that has changed since is not mixed in', () => {
  const content = 'one\ntwo\nTHREE\nand\nfour\nfive\nsix\nseven\neight\nnine\nrest\n';
  const { before, after, isWhole } = sidesOfDiff(diff, content);
  assert.ok(isWhole);
  assert.equal(`${textOf(after).join('\n')}\n`, content);
  assert.equal(textOf(before).join(' '), 'one two three four five six seven eight nine ten rest');
  assert.deepEqual(numbersOf(before), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.ok(!sidesOfDiff(diff, content.replace('and', 'or')).isWhole);
});

test('a line that looks like the head of a diff is a line', () => {
  const { before, after } = sidesOfDiff('@@ -1,2 +1,2 @@\n--- a/x\n-@@ -1 +1 @@\n+@@ -1 +1 @@\n+++ b/x\n');
  assert.deepEqual(
    [textOf(before), textOf(after)],
    [
      ['-- a/x', '@@ -1 +1 @@'],
      ['@@ -1 +1 @@', '++ b/x'],
    ],
  );
});

test('a new line that is missing at the end of one side is told', () => {
  const { before, after } = sidesOfDiff('@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n');
  assert.deepEqual([textOf(before), textOf(after)], [['a', '\\ No new line at the end'], ['a']]);
});

test('the sides of what git says of any two files are these files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lucid-diff-'));
  const line = fc.oneof(fc.constantFrom('', 'a', 'b', '@@ -1 +1 @@', '-', '+', '\\ ', '--- a/x', 'x\r'), fc.string());
  const file = fc.array(
    line.map((text) => text.replace(/\n/g, ' ')),
    { maxLength: 30 },
  );
  const property = fc.property(file, file, (old, now) => {
    const write = (name: string, lines: string[]) =>
      writeFileSync(join(folder, name), lines.map((text) => `${text}\n`).join(''));
    write('old', old);
    write('now', now);
    const { before, after } = sidesOfDiff(diffOf(folder), now.map((text) => `${text}\n`).join(''));
    const isSame = old.join('\n') === now.join('\n') && old.length === now.length;
    assert.deepEqual(textOf(after), now);
    if (!isSame) assert.deepEqual(textOf(before), old);
  });
  try {
    fc.assert(property, { numRuns: 40 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Git answers 1 where there is a difference. */
function diffOf(folder: string): string {
  try {
    return execFileSync('git', ['diff', '--no-index', '--text', '--no-color', 'old', 'now'], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}
