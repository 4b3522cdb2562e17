// One figure as bars: the engine's beside its references, each with whiskers from the least to the most.
import { formatNumber } from '../format-number.ts';
import { isMoreBetter, type ReferenceKind, type Row } from '../scenario.ts';
import type { Spread } from '../statistics.ts';
import { drawLine, drawText, escapeXml, formatPx, type Panel, widthPx } from './svg.ts';

type Bar = { name: string; kind: 'ours' | ReferenceKind; spread: Spread };

const marginPx = 16;
const headPx = 40;
const barPx = 18;
const pitchPx = 28;
const nameWidthPx = 200;
const valueWidthPx = 90;
const leftPx = marginPx + nameWidthPx;
const plotWidthPx = widthPx - leftPx - valueWidthPx - marginPx;

/** @param rows of one name and unit, which are one figure beside several references */
export function drawBars(rows: readonly [Row, ...Row[]]): Panel {
  const bars = listBars(rows);
  const most = Math.max(...bars.map(({ spread }) => spread.max));
  const lengthOf = (value: number) => (most > 0 ? (Math.max(0, value) / most) * plotWidthPx : 0);
  const parts = [
    drawText(titleOf(rows[0]), { xPx: marginPx, yPx: 26, kind: 'title' }),
    ...bars.map((bar, at) => drawBar(bar, headPx + at * pitchPx, lengthOf)),
    drawLine('axis', { xPx: leftPx, yPx: headPx - 4 }, { xPx: leftPx, yPx: headPx + bars.length * pitchPx - 6 }),
  ];
  return { heightPx: headPx + bars.length * pitchPx + marginPx / 2, body: parts.join('\n') };
}

function listBars(rows: readonly [Row, ...Row[]]): Bar[] {
  const references = rows.map((row) => ({ name: row.referenceName, kind: row.referenceKind, spread: row.reference }));
  return [{ name: 'Lucid Engine', kind: 'ours', spread: rows[0].ours }, ...references];
}

function titleOf(row: Row): string {
  const better = isMoreBetter(row);
  const hint = better === undefined ? '' : better ? ' (more is better)' : ' (less is better)';
  return `${row.name}, ${row.unit}${hint}`;
}

function drawBar({ name, kind, spread }: Bar, topPx: number, lengthOf: (value: number) => number): string {
  const baselinePx = topPx + 14;
  const middlePx = topPx + barPx / 2;
  const [fromPx, toPx] = [leftPx + lengthOf(spread.min), leftPx + lengthOf(spread.max)];
  const label = kind === 'ours' ? name : `${name} (${kind})`;
  return [
    drawText(label, { xPx: leftPx - 8, yPx: baselinePx, anchor: 'end' }),
    `<rect class="${kind}" x="${leftPx}" y="${topPx}" width="${formatPx(lengthOf(spread.median))}" height="${barPx}"><title>${escapeXml(tipOf(label, spread))}</title></rect>`,
    drawLine('whisker', { xPx: fromPx, yPx: middlePx }, { xPx: toPx, yPx: middlePx }),
    ...[fromPx, toPx].map((xPx) => drawLine('whisker', { xPx, yPx: middlePx - 4 }, { xPx, yPx: middlePx + 4 })),
    drawText(formatNumber(spread.median), { xPx: toPx + 8, yPx: baselinePx }),
  ].join('\n');
}

const tipOf = (label: string, { median, min, max }: Spread) =>
  `${label}: ${formatNumber(median)}, from ${formatNumber(min)} to ${formatNumber(max)}`;
