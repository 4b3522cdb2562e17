// RESULTS.md has each figure of a whole run with its reference and verdict, and the charts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSection } from './results-section.ts';
import { type Row, rowOf } from './scenario.ts';

const row: Row = rowOf([90, 95, 99], [100, 100, 100], {
  name: 'a|b',
  unit: 'requests/s',
  referenceName: 'uws',
  referenceKind: 'ceiling',
  reach: { of: 'ratio', bound: 'at least', value: 0.9 },
});

const nothing = { rows: [], figures: {}, notes: [], warnings: [], problems: [] };

test('a reader finds a line for each valid figure, its machine, and its chart', () => {
  const section = formatSection(
    {
      format: 1,
      measuredAt: '2026-01-02T03:04:05.678Z',
      isQuick: false,
      machine: {
        name: 'linux-x64-2-cores',
        cores: 2,
        processor: 'a processor',
        memoryBytes: 2 ** 34,
        system: 'Linux',
        node: 'v24.1.0',
        commit: 'abc',
        syncMs: 1,
      },
      versions: { node: '24.1.0', postgresql: '18.4' },
      elapsedMs: {},
      results: {
        rest: { ...nothing, rows: [row] },
        idle: { ...nothing, rows: [{ ...row, name: 'c' }], problems: ['A socket was lost.'] },
      },
    },
    ['rest', 'idle', 'turn'],
    { rest: 'bench/results/a/rest.svg', idle: 'bench/results/a/idle.svg' },
  );
  assert.match(
    section,
    /^Measured on 2026-01-02 at commit abc: 2 cores \(a processor\), 16 GiB, Linux, Node 24\.1\.0, PostgreSQL 18\.4\./,
  );
  assert.ok(
    section.includes(
      '| rest: a\\|b | 95.0 (90.0–99.0) requests/s | uws (ceiling) 100 (100–100) | 0.95 (0.90–0.99) | ≥ 0.9 | reached |',
    ),
  );
  assert.ok(section.endsWith('![What rest measured](bench/results/a/rest.svg)'));
  assert.ok(section.includes('\nNot measured validly in this run: idle, turn.\n'));
  assert.ok(!section.includes('idle: c'), 'figures that mean nothing are not shown');
});
