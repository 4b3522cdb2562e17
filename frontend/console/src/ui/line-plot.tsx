// What draws lines over time, by uPlot: a part of its own, since few pages have charts.
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colorOf, dashOf, type LineChartProps } from './lines.ts';

type LinePlotProps = Omit<LineChartProps, 'label'> & { onPoint(index: number | null): void };

export default function LinePlot({ times, lines, format, onPoint }: LinePlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const names = lines.map(({ name }) => name).join('\n');
  const latest = useRef({ format, onPoint, data: dataOf({ times, lines }) });
  latest.current = { format, onPoint, data: dataOf({ times, lines }) };

  // The plot is made anew where its lines change; its data go into the one that is there.
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const made = new UPlot(optionsOf(element, names.split('\n'), latest), latest.current.data, element);
    plot.current = made;
    const sizes = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      if (width > 0) made.setSize({ width, height });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names]);

  useEffect(() => plot.current?.setData(dataOf({ times, lines })), [times, lines]);

  return <div ref={place} className="h-full w-full overflow-hidden" />;
}

const dataOf = ({ times, lines }: Pick<LineChartProps, 'times' | 'lines'>): UPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

type Latest = { current: Pick<LinePlotProps, 'format' | 'onPoint'> };

/** Of the axis of time: the one sample of a chart that has just begun stands at its end. */
const secondsMin = 60;

function rangeOf(times: ArrayLike<number>): [number, number] {
  const [first = 0, last = first] = [times[0], times[times.length - 1]];
  return [Math.min(first, last - secondsMin), last];
}

function optionsOf(element: HTMLElement, names: readonly string[], latest: Latest): UPlot.Options {
  const axis = { stroke: readColor(element, 'text-muted'), font: '11px system-ui, sans-serif', ticks: { show: false } };
  const grid = { stroke: readColor(element, 'text-line'), width: 1 };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: ({ data: [times] }) => rangeOf(times) },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 20, space: 80 },
      { ...axis, grid, size: 56, space: 28, values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)) },
    ],
    series: [
      {},
      ...names.map((_, index) => ({
        stroke: readColor(element, textClasses[colorOf(index)]),
        width: 1.5,
        dash: [...dashOf(index)],
        points: { show: (_: UPlot, __: number, first: number, last: number) => first === last, size: 4 },
      })),
    ],
    hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? null)] },
  };
}

const textClasses = {
  accent: 'text-accent',
  info: 'text-info',
  warn: 'text-warn',
  good: 'text-good',
  bad: 'text-bad',
  muted: 'text-muted',
};

/** A canvas takes no tokens, so what they come to is read off an element. */
function readColor(place: HTMLElement, textClass: string): string {
  const probe = document.createElement('span');
  probe.className = textClass;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
