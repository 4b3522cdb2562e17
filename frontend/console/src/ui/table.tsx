// Tables of figures: they scroll by themselves where they are wider than the page.
import type { ReactNode } from 'react';

type Column<Row> = { title: string; isFigure?: boolean; show(row: Row): ReactNode };

type TableProps<Row> = {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf(row: Row): string;
};

export const Table = <Row,>({ label, columns, rows, keyOf }: TableProps<Row>) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
  <section aria-label={label} tabIndex={0} className="overflow-x-auto rounded-md border border-line bg-surface">
    <table className="w-full border-collapse text-sm">
      <thead>
        <tr className="border-b border-line text-left text-muted">
          {columns.map(({ title, isFigure = false }) => (
            <th
              key={title}
              scope="col"
              className={`px-3 py-2 font-medium whitespace-nowrap ${isFigure ? 'text-right' : ''}`}
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className="border-b border-line last:border-0">
            {columns.map(({ title, show, isFigure = false }) => (
              <td key={title} className={`px-3 py-2 ${isFigure ? 'text-right whitespace-nowrap tabular-nums' : ''}`}>
                {show(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
