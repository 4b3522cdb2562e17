// A bar for each day, and within it the part of a user who is singled out. Each says its figure to those who listen, too.
import { type CostDay, others, type Who } from './cost-days.ts';

type CostBarsProps = {
  days: readonly CostDay[];
  /** Undefined where nobody is singled out. */
  singled: Who | undefined;
  format(value: number): string;
};

const showDay = (day: string) =>
  new Date(day).toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' });

export function CostBars({ days, singled, format }: CostBarsProps) {
  const most = Math.max(...days.map(({ total }) => total));
  const heightOf = (value: number) => `${most === 0 ? 0 : (100 * value) / most}%`;
  return (
    <figure className="grid gap-1 rounded-md border border-line bg-surface p-3">
      <div className="text-xs text-muted tabular-nums">{format(most)}</div>
      <ol aria-label="By day" className="flex h-40 items-end gap-px border-b border-line-strong sm:gap-0.5">
        {days.map(({ day, total, byUser }) => {
          const part = singled === undefined ? total : (byUser.get(singled) ?? 0);
          const words = `${showDay(day)}: ${format(total)}${singled === undefined ? '' : `, ${format(part)} of ${singled === others ? 'all others' : singled}`}`;
          return (
            <li key={day} title={words} className="relative h-full min-w-0 flex-1 hover:bg-sunken">
              <span className="sr-only">{words}</span>
              <span
                style={{ height: heightOf(total) }}
                className="absolute inset-x-0 bottom-0 rounded-t-sm border-t border-accent bg-accent-soft"
              />
              <span style={{ height: heightOf(part) }} className="absolute inset-x-0 bottom-0 rounded-t-sm bg-accent" />
            </li>
          );
        })}
      </ol>
      <div className="flex justify-between text-xs text-muted" aria-hidden="true">
        <span>{showDay(days[0]?.day ?? '')}</span>
        <span>{showDay(days.at(-1)?.day ?? '')}</span>
      </div>
    </figure>
  );
}
