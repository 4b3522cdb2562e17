// Numbers and times as people read them.

const wholeNumber = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** 8204 as `8.2K`. */
export const formatCount = (count: number): string => wholeNumber.format(count);

/** US dollars; less than a cent keeps two digits that say something. */
export function formatCost(costUsd: number): string {
  const digits = costUsd > 0 && costUsd < 0.01 ? 4 : 2;
  return `$${costUsd.toFixed(digits)}`;
}

/** `840 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** What goes on, in whole seconds: `4 s`, then as durations are. */
export const formatElapsed = (elapsedMs: number): string =>
  elapsedMs < 60_000 ? `${Math.floor(elapsedMs / 1_000)} s` : formatDuration(Math.floor(elapsedMs / 1_000) * 1_000);

/** `just now`, `5 min ago`, `3 h ago`, then the date. */
export function formatAge(time: string, nowMs: number): string {
  const ageMs = nowMs - Date.parse(time);
  if (ageMs < 60_000) return 'just now';
  if (ageMs < 3_600_000) return `${Math.floor(ageMs / 60_000)} min ago`;
  if (ageMs < 86_400_000) return `${Math.floor(ageMs / 3_600_000)} h ago`;
  return new Date(time).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
}

const unitsOfBytes = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `812 B`, `4.1 KB`; a KB is 1024 bytes. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1_024 && unit < unitsOfBytes.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${unitsOfBytes[unit]}`;
}
