// The table of what was measured: what is measured anew takes its place, everything else stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTextBetween } from '../document.ts';
import { type Line, marks, mergedTable, tableOf } from './table.ts';

const lineOf = (title: string, measured: string, violations: string[] = []): Line => ({
  title,
  reach: 'nothing lost',
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

test('where only some faults were run, the others keep what was measured before', () => {
  const before = withTextBetween(document, marks, tableOf([lineOf('a kill', 'old'), lineOf('a cut', 'old')]));
  const merged = mergedTable(before, [lineOf('a cut', 'new')], ['a kill', 'a cut', 'a flood']);
  assert.equal(merged, tableOf([lineOf('a kill', 'old'), lineOf('a cut', 'new')]));
});
