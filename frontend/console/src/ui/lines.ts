// Lines of a chart, and the colours and dashes that tell them apart.

/** `values`: one for each time; null where there is none. */
export type Line = { name: string; values: readonly (number | null)[] };

export type LineChartProps = {
  /** What is shown, for those who don't see it. */
  label: string;
  /** In seconds since 1970, oldest first. */
  times: readonly number[];
  lines: readonly Line[];
  format(value: number): string;
};

/** Colours and dashes together tell lines apart, also for those who don't see colours. */
const lineColors = ['accent', 'info', 'warn', 'good', 'bad', 'muted'] as const;
const lineDashes = [[], [6, 3], [2, 3], [9, 3, 2, 3]] as const;
export const colorOf = (index: number) => lineColors[index % lineColors.length] ?? 'muted';
export const dashOf = (index: number): readonly number[] =>
  lineDashes[(index + Math.floor(index / lineColors.length)) % lineDashes.length] ?? [];
