// The time that stands above an item: of the first, and of each that began in another minute than the one before. Pure.
import type { Item } from './items/item.ts';

const timeFormat = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });

/** @returns with the day where that is another one, too; undefined where there is nothing to tell */
export function describeTime(item: Pick<Item, 'kind' | 'at'>, before: Pick<Item, 'kind' | 'at'> | undefined) {
  const atMs = Date.parse(item.at);
  if (item.kind === 'gap' || Number.isNaN(atMs)) return undefined;
  const time = timeFormat.format(atMs);
  const day = dayFormat.format(atMs);
  const beforeMs = before && before.kind !== 'gap' ? Date.parse(before.at) : Number.NaN;
  if (Number.isNaN(beforeMs) || dayFormat.format(beforeMs) !== day) return `${day}, ${time}`;
  return timeFormat.format(beforeMs) === time ? undefined : time;
}
