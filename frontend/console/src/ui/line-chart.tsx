// Lines over time with their names and figures. What draws them is loaded when the first chart is shown.
import { useState } from 'react';
import { colorOf, dashOf, type LineChartProps } from './lines.ts';
import { definePart } from './part.tsx';
import { useIsMatching } from './use-is-matching.ts';

const strokes = {
  accent: 'stroke-accent',
  info: 'stroke-info',
  warn: 'stroke-warn',
  good: 'stroke-good',
  bad: 'stroke-bad',
  muted: 'stroke-muted',
};

const LinePlot = definePart(() => import('./line-plot.tsx').then((module) => module.default));

export function LineChart({ label, times, lines, format }: LineChartProps) {
  const isDark = useIsMatching('(prefers-color-scheme: dark)'); // A canvas keeps the colours that it was drawn with.
  const [pointed, setPointed] = useState<number | null>(null);
  const at = pointed !== null && pointed < times.length ? pointed : times.length - 1;
  const time = times[at];
  const shown = (value: number | null | undefined) => (value === null || value === undefined ? '–' : format(value));
  return (
    <figure className="grid min-w-0 gap-2">
      <div role="img" aria-label={label} className="h-28 min-w-0">
        <LinePlot key={String(isDark)} times={times} lines={lines} format={format} onPoint={setPointed} />
      </div>
      <figcaption className="grid gap-0.5 text-xs text-muted">
        <ul className="flex flex-wrap gap-x-3 gap-y-0.5">
          {lines.map(({ name, values }, index) => (
            <li key={name} className="flex items-center gap-1.5">
              <Swatch index={index} />
              {name !== '' && <span>{name}</span>}
              <span className="font-medium text-text tabular-nums">{shown(values[at])}</span>
            </li>
          ))}
        </ul>
        {pointed !== null && time !== undefined && <time>{new Date(time * 1_000).toLocaleTimeString()}</time>}
      </figcaption>
    </figure>
  );
}

const Swatch = ({ index }: { index: number }) => (
  <svg viewBox="0 0 16 4" className="h-1 w-4 shrink-0" aria-hidden="true">
    <line
      x1="0"
      x2="16"
      y1="2"
      y2="2"
      strokeWidth="2"
      strokeDasharray={dashOf(index).join(' ')}
      className={strokes[colorOf(index)]}
    />
  </svg>
);
