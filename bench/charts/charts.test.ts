// A chart shows what was measured, whatever its names and figures are, and is legible everywhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Growth, type Row, rowOf, type ScenarioResult } from '../scenario.ts';
import { spreadOf } from '../statistics.ts';
import { drawChart } from './chart.ts';
import { widthPx } from './svg.ts';

const rowWith = (ours: number[], reference: number[], names: Partial<Row> = {}): Row =>
  rowOf(ours, reference, {
    name: '/health',
    unit: 'requests/s',
    referenceName: 'uws',
    referenceKind: 'ceiling',
    ...names,
  });

const resultWith = (rows: Row[], growth: Growth[] = []): ScenarioResult => ({
  rows,
  growth,
  figures: {},
  notes: [],
  warnings: [],
  problems: [],
});

const drawn = (rows: Row[], growth?: Growth[]): string => {
  const svg = drawChart('rest', resultWith(rows, growth));
  assert.ok(svg);
  return svg;
};

const growthOf = (sizes: number[], figures: number[][]): Growth => ({
  name: 'memory',
  unit: 'MB',
  sizeName: 'sessions',
  sizes,
  lines: [{ name: 'live', figures: figures.map(spreadOf) }],
});

/** Asserts that every tag is closed in order, and that text holds no markup. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replaceAll(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>/g,
    (_, slash, name, __, selfClosing) => {
      if (slash) assert.equal(open.pop(), name);
      else if (!selfClosing) open.push(name);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!(amp|lt|gt|quot);)/);
}

const attributes = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, value]) => Number(value));

test('a chart of any names and figures is XML, and stays within its frame', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 3, maxLength: 3 });
  const name = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(name, name, samples, samples, (one, other, ours, reference) => {
      const row = rowWith(ours, reference, { name: one, referenceName: other });
      const svg = drawn([row], [{ ...growthOf([10, 100], [ours, reference]), name: other }]);
      assertWellFormed(svg);
      assert.doesNotMatch(svg, /NaN|Infinity/);
      const places = attributes(svg, / (?:x|x1|x2|cx)="(-?[\d.]+)"/g);
      assert.ok(places.every((place) => place >= 0 && place <= widthPx));
    }),
  );
});

test('a chart has rows of one name and unit as one figure: the engine’s once, beside each reference', () => {
  const svg = drawn([
    rowWith([8], [10]),
    rowWith([8], [2], { referenceName: 'node:http', referenceKind: 'alternative' }),
  ]);
  assert.equal(svg.split('class="title"').length - 1, 1);
  assert.equal(svg.match(/class="ours"/g)?.length, 1);
  assert.match(svg, />uws \(ceiling\)</);
  assert.match(svg, />node:http \(alternative\)</);
});

test('a bar is as long as its median, and its whiskers reach from the least to the most', () => {
  const svg = drawn([rowWith([2, 4, 6], [8, 8, 8])]);
  const [ours = 0, reference = 0] = attributes(svg, /<rect class="(?:ours|ceiling)" [^>]*width="([\d.]+)"/g);
  assert.ok(Math.abs(ours / reference - 0.5) < 0.01);
  const [from = 0] = attributes(svg, /class="whisker" x1="([\d.]+)"/g);
  const [to = 0] = attributes(svg, /class="whisker" x1="[\d.]+" y1="[\d.]+" x2="([\d.]+)"/g);
  assert.ok(Math.abs((to - from) / reference - 0.5) < 0.01);
});

test('a chart says whether more or less is better where that is known', () => {
  assert.match(drawn([rowWith([1], [1])]), /requests\/s \(more is better\)/);
  assert.match(drawn([rowWith([1], [1], { unit: 'ms' })]), /ms \(less is better\)/);
  assert.doesNotMatch(drawn([rowWith([1], [1], { unit: 'sessions' })]), /is better/);
});

test('a line chart has the sizes on a logarithmic axis, and greater figures higher up', () => {
  const svg = drawn([], [growthOf([10, 100, 1_000], [[1], [2], [4]])]);
  const [a = 0, b = 0, c = 0] = attributes(svg, /cx="([\d.]+)"/g);
  assert.ok(Math.abs(b - a - (c - b)) < 0.2);
  const [low = 0, middle = 0, high = 0] = attributes(svg, /cy="([\d.]+)"/g);
  assert.ok(low > middle && middle > high);
});

test('a chart loads nothing, and follows the reader’s light or dark', () => {
  const svg = drawn([rowWith([1], [1])], [growthOf([1, 2], [[1], [2]])]);
  assert.doesNotMatch(svg, /href|url\(|<script|<image/);
  assert.match(svg, /prefers-color-scheme:dark/);
});

test('a scenario without figures has no chart', () => {
  assert.equal(drawChart('rest', resultWith([])), undefined);
});
