// The calls of a session and how long each took, those that go on first, then the longest.
import type { CallState, Item, ItemOf, Look } from '../timeline/items/item.ts';

/** `sequence` is that of its event, to which one can go. */
export type TimedCall = { sequence: number; name: string; state: CallState; at: string; durationMs?: number };

export function listCalls(items: readonly Item[]): TimedCall[] {
  const orderOf = ({ state, durationMs }: TimedCall) =>
    state === 'running' ? Number.POSITIVE_INFINITY : (durationMs ?? -1);
  return items.flatMap(callsOf).sort((a, b) => {
    const [first, second] = [orderOf(a), orderOf(b)];
    return first === second ? a.sequence - b.sequence : second - first;
  });
}

function callsOf(item: Item): TimedCall[] {
  const { key: sequence, at } = item;
  if (item.kind === 'command') return [timed(item, { sequence, at, name: nameOfCommand(item) })];
  if (item.kind === 'delegate') return [timed(item, { sequence, at, name: `Sub-agent: ${item.task.text}` })];
  if (item.kind === 'change')
    return [timed(item, { sequence, at, name: `${item.what === 'write' ? 'Write' : 'Edit'} ${item.path}` })];
  if (item.kind === 'call') return [timed(item, { sequence, at, name: item.name })];
  if (item.kind !== 'looks') return [];
  return item.looks.map((look) => timed(look, { sequence: look.sequence, at: look.at, name: nameOfLook(look) }));
}

const nameOfCommand = ({ command, acts, background = '' }: ItemOf<'command'>): string =>
  acts === undefined ? command : `Background command ${background}${acts === 'type' ? `: ${command}` : ''}`;

function nameOfLook({ what, path, pattern = '' }: Look): string {
  if (what === 'read') return `Read ${path}`;
  return what === 'fetch' ? `Fetch ${path}` : `Search ${pattern} in ${path}`;
}

const timed = (
  { state, durationMs }: { state: CallState; durationMs?: number },
  call: Pick<TimedCall, 'sequence' | 'name' | 'at'>,
): TimedCall => ({ ...call, state, ...(durationMs !== undefined && { durationMs }) });
