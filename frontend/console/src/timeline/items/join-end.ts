// What is told once: an end with what asked for it, and a failure with the turn that it ended. Pure.
import type { Item, ItemDraft } from './item.ts';

/** @returns one item for an end and what asked for it; undefined where they don't belong together */
export function joinEnd(last: Item, end: ItemDraft): Item | undefined {
  const { key, through, at, sessionId } = last;
  if (last.kind === 'line' && last.asks !== undefined && end.kind === 'turnEnd' && end.reason === 'interrupted')
    return { ...end, isStop: last.asks === 'stop', key, through, at, sessionId };
  const isStop = (last.kind === 'line' && last.asks === 'stop') || (last.kind === 'turnEnd' && last.isStop === true);
  return isStop && end.kind === 'line' && end.asks === undefined ? last : undefined;
}

/** Of a turn that ended with a failure, which says already why. */
export const markTold = (item: ItemDraft, last: Item | undefined): ItemDraft =>
  item.kind === 'turnEnd' && last?.kind === 'failure' && last.text === item.text ? { ...item, isTold: true } : item;
