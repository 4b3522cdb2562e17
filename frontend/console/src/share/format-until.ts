// How long something still holds, as people say it. Pure.

const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
] as const;

/** `in 6 days`, `in 1 hour`, `in 20 minutes`, then `in less than a minute`; in the past `over`. */
export function formatUntil(time: string, nowMs: number): string {
  const leftMs = Date.parse(time) - nowMs;
  if (leftMs <= 0) return 'over';
  const unit = units.find(({ ms }) => leftMs >= ms);
  if (!unit) return 'in less than a minute';
  const count = Math.floor(leftMs / unit.ms);
  return `in ${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
