// How long something still holds, as people say it. Pure.

const units = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
] as const;

/** Of a unit: a link of a week holds a week a moment later. */
const nearly = 0.98;

/** `in 7 days`, `in 1 hour`, `in 20 minutes`, then `in less than a minute`; in the past `over`. */
export function formatUntil(time: string, nowMs: number): string {
  const leftMs = Date.parse(time) - nowMs;
  if (leftMs <= 0) return 'over';
  const unit = units.find(({ ms }) => leftMs >= nearly * ms);
  if (!unit) return 'in less than a minute';
  const count = Math.round(leftMs / unit.ms);
  return `in ${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
