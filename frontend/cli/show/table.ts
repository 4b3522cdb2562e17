// Rows as aligned columns, the last one as wide as there is room.
import type { Colors } from './colors.ts';
import { escapeLine } from './escape-text.ts';
import { cutToWidth, padToWidth, widthOf } from './text-width.ts';

/** @param columns of the terminal; undefined where there is none, and nothing is cut */
export function tableLines(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { colors, columns }: { colors: Colors; columns?: number | undefined },
): string[] {
  const shown = rows.map((row) => row.map(escapeLine));
  const widths = heads.map((head, at) => Math.max(widthOf(head), ...shown.map((row) => widthOf(row[at] ?? ''))));
  const line = (cells: readonly string[]) => {
    const text = cells
      .map((cell, at) => (at === heads.length - 1 ? cell : padToWidth(cell, widths[at] ?? 0)))
      .join('  ');
    return columns === undefined ? text : cutToWidth(text, columns);
  };
  return [colors.faint(line(heads)), ...shown.map(line)];
}
