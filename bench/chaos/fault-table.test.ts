// The table of findings: a new finding replaces the earlier one, and everything else stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceTextBetween } from '../document.ts';
import { chaosMarks, type FaultLine, formatFaultTable, mergeTable } from './fault-table.ts';

const lineOf = (title: string, measured: string, violations: string[] = []): FaultLine => ({
  title,
  reach: 'nothing lost',
  finding: { measured, violations },
  seed: 7,
});

const document = `# Title\n\n${chaosMarks.begin}\n${chaosMarks.end}\n\nMore.\n`;

test('a reader sees which faults held, and what the others violated', () => {
  const table = formatFaultTable([lineOf('a kill', '3 kills'), lineOf('a cut', '1 cut', ['lost: one', 'lost: two'])]);
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

test('faults that were not run keep their earlier findings', () => {
  const before = replaceTextBetween(
    document,
    chaosMarks,
    formatFaultTable([lineOf('a kill', 'old'), lineOf('a cut', 'old')]),
  );
  const merged = mergeTable(before, [lineOf('a cut', 'new')], ['a kill', 'a cut', 'a flood']);
  assert.equal(merged, formatFaultTable([lineOf('a kill', 'old'), lineOf('a cut', 'new')]));
});
