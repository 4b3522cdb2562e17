// What stands where lines are left out: how many, and the way to see more of them.

/** Lines that one press adds: some screens, which a browser lays out at once. */
const moreLinesStep = 500;

type MoreLinesProps = { leftOut: number; onMore(lines: number): void };

export function MoreLines({ leftOut, onMore }: MoreLinesProps) {
  const count = Math.min(leftOut, moreLinesStep);
  const words =
    leftOut <= moreLinesStep
      ? `Show ${count === 1 ? 'the line' : `all ${count} lines`} between`
      : `Show ${count} more of ${leftOut.toLocaleString('en')} lines`;
  return (
    <button
      type="button"
      onClick={() => onMore(count)}
      className="block min-h-6 w-full border-y border-line bg-surface px-3 py-1 text-left text-xs text-muted hover:text-text"
    >
      {words}
    </button>
  );
}
