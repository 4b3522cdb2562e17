// The chart of a scenario: all its figures as bars, and how they grow as lines.
import type { Row, ScenarioResult } from '../scenario.ts';
import { drawBars } from './bars.ts';
import { drawLines } from './lines.ts';
import { drawSvg } from './svg.ts';

/** @returns the SVG, or undefined where the scenario has nothing to draw */
export function drawChart(scenario: string, { rows, growth = [] }: ScenarioResult): string | undefined {
  const panels = [...groupFigures(rows).map(drawBars), ...growth.map(drawLines)];
  return panels.length === 0 ? undefined : drawSvg(`What ${scenario} measured`, panels);
}

const groupFigures = (rows: readonly Row[]): [Row, ...Row[]][] =>
  [...Map.groupBy(rows, ({ name, unit }) => `${name}, ${unit}`).values()].map((figure) => figure as [Row, ...Row[]]);
