// How a figure grows with a size, as lines: sizes on a logarithmic axis, a line for each variant, whiskers at each size.
import { formatNumber } from '../format-number.ts';
import type { Growth } from '../scenario.ts';
import type { Spread } from '../statistics.ts';
import { colours, drawLine, drawText, formatPx, type Panel, widthPx } from './svg.ts';

const marginPx = 16;
const leftPx = 76;
const headPx = 40;
const legendPx = 20;
const plotHeightPx = 180;
const footPx = 46;
const ticks = 4;
/** The padding keeps points off the frame. */
const insetPx = 24;

type Scales = { xOf(size: number): number; yOf(value: number): number; topPx: number };

export function drawLines(growth: Growth): Panel {
  const place = makeScales(growth);
  const bottomPx = place.topPx + plotHeightPx;
  const parts = [
    drawText(`${growth.name}, ${growth.unit}`, { xPx: marginPx, yPx: 26, kind: 'title' }),
    ...growth.lines.map(({ name }, at) => drawLegend(name, at)),
    ...drawValueAxis(growth, place),
    ...growth.sizes.map((size) =>
      drawText(size.toLocaleString('en'), {
        xPx: place.xOf(size),
        yPx: bottomPx + 18,
        anchor: 'middle',
        kind: 'quiet',
      }),
    ),
    drawText(growth.sizeName, { xPx: (leftPx + widthPx) / 2, yPx: bottomPx + 36, anchor: 'middle', kind: 'quiet' }),
    ...growth.lines.map(({ figures }, at) => drawGrowthLine(growth.sizes, figures, { colour: colourOf(at), place })),
  ];
  return { heightPx: bottomPx + footPx, body: parts.join('\n') };
}

const colourOf = (at: number): string => colours[at % colours.length] ?? 'c0';

function makeScales({ sizes, lines }: Growth): Scales {
  const [least, greatest] = [Math.log(Math.min(...sizes)), Math.log(Math.max(...sizes))];
  const widthOfPlotPx = widthPx - marginPx - leftPx - 2 * insetPx;
  const most = mostOf(lines);
  const topPx = headPx + lines.length * legendPx + 8;
  return {
    topPx,
    xOf: (size) =>
      leftPx + insetPx + (greatest > least ? (Math.log(size) - least) / (greatest - least) : 0.5) * widthOfPlotPx,
    yOf: (value) => topPx + plotHeightPx * (1 - (most > 0 ? Math.max(0, value) / most : 0)),
  };
}

const mostOf = (lines: Growth['lines']): number =>
  Math.max(...lines.flatMap(({ figures }) => figures.map(({ max }) => max)));

function drawLegend(name: string, at: number): string {
  const yPx = headPx + at * legendPx + 4;
  const from = { xPx: marginPx, yPx };
  return `${drawLine(`line ${colourOf(at)}`, from, { xPx: marginPx + 22, yPx })}\n${drawText(name, { xPx: marginPx + 30, yPx: yPx + 4 })}`;
}

function drawValueAxis({ lines }: Growth, { yOf }: Scales): string[] {
  const most = mostOf(lines);
  return Array.from({ length: ticks + 1 }, (_, at) => (most * at) / ticks).map((value) => {
    const yPx = yOf(value);
    const label = drawText(formatNumber(value), { xPx: leftPx - 8, yPx: yPx + 4, anchor: 'end', kind: 'quiet' });
    return `${drawLine('axis', { xPx: leftPx, yPx }, { xPx: widthPx - marginPx, yPx })}\n${label}`;
  });
}

function drawGrowthLine(
  sizes: readonly number[],
  figures: readonly Spread[],
  { colour, place }: { colour: string; place: Scales },
) {
  const points = figures.map(({ median, min, max }, at) => {
    const xPx = place.xOf(sizes[at] as number);
    return { xPx, yPx: place.yOf(median), leastPx: place.yOf(min), mostPx: place.yOf(max) };
  });
  return [
    `<polyline class="line ${colour}" points="${points.map(({ xPx, yPx }) => `${formatPx(xPx)},${formatPx(yPx)}`).join(' ')}"/>`,
    ...points.map(({ xPx, leastPx, mostPx }) => drawLine(colour, { xPx, yPx: leastPx }, { xPx, yPx: mostPx })),
    ...points.map(({ xPx, yPx }) => `<circle class="${colour}" cx="${formatPx(xPx)}" cy="${formatPx(yPx)}" r="3.5"/>`),
  ].join('\n');
}
