// The chart of a scenario: all its figures as bars, and how they grow as lines.
import type { Result, Row } from '../scenario.ts';
import { barPanel } from './bars.ts';
import { linePanel } from './lines.ts';
import { svg } from './svg.ts';

/** @returns the SVG, or undefined where the scenario has nothing to draw */
export function chartOf(scenario: string, { rows, growth = [] }: Result): string | undefined {
  const panels = [...figuresOf(rows).map(barPanel), ...growth.map(linePanel)];
  return panels.length === 0 ? undefined : svg(`What ${scenario} measured`, panels);
}

/** Rows of one name and unit are one figure. */
const figuresOf = (rows: readonly Row[]): [Row, ...Row[]][] =>
  [...Map.groupBy(rows, ({ name, unit }) => `${name}, ${unit}`).values()].map((figure) => figure as [Row, ...Row[]]);
