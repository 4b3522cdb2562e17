// The table in the document: what is measured anew takes its place, everything else stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Line, marks, mergedTable, tableOf, withTable } from './table.ts';

const lineOf = (title: string, measured: string, violations: string[] = []): Line => ({
  fault: { title, reach: 'nothing lost' },
  finding: { measured, violations },
  seed: 7,
});

const document = `# Title\n\n${marks.begin}\n${marks.end}\n\nMore.\n`;

test('a fault that held says so, one that did not says what was violated', () => {
  const table = tableOf([lineOf('a kill', '3 kills'), lineOf('a cut', '1 cut', ['lost: one', 'lost: two'])]);
  assert.equal(
    table,
    [
      '| fault | reach | measured | held |',
      '|---|---|---|---|',
      '| a kill | nothing lost | 3 kills (seed 7) | yes |',
      '| a cut | nothing lost | 1 cut (seed 7) | no: lost: one |',
    ].join('\n'),
  );
});

test('the table stands between its marks, and the rest of the document is as it was', () => {
  const written = withTable(document, 'first');
  assert.equal(written, `# Title\n\n${marks.begin}\nfirst\n${marks.end}\n\nMore.\n`);
  assert.equal(withTable(written, 'second'), written.replace('first', 'second'));
});

test('a document without a place for the table is left alone, loudly', () => {
  assert.throws(() => withTable('# Title\n', 'table'), /no place for the table/);
});

test('where only some faults were run, the others keep what was measured before', () => {
  const before = withTable(document, tableOf([lineOf('a kill', 'old'), lineOf('a cut', 'old')]));
  const merged = mergedTable(before, [lineOf('a cut', 'new')], ['a kill', 'a cut', 'a flood']);
  assert.equal(merged, tableOf([lineOf('a kill', 'old'), lineOf('a cut', 'new')]));
});
