// An item with what came of it. Pure.
import type { SessionEvent } from '../../lucid.ts';
import type { CallState, Item } from './item.ts';
import { saidOf } from './read-event.ts';

type AgentEvent = Extract<SessionEvent, { type: 'agent_event' }>;
export type Observed = { state: CallState; event?: AgentEvent; durationMs?: number };

/** @param look which of its looks it is about */
export function closeItem(item: Item, { state, event, durationMs }: Observed, look?: number): Item {
  const told = { state, ...(event && { result: saidOf(event) }), ...(durationMs !== undefined && { durationMs }) };
  switch (item.kind) {
    case 'looks':
      return { ...item, looks: item.looks.map((each, index) => (index === look ? { ...each, ...told } : each)) };
    case 'command':
      return { ...item, ...told, ...toldOfCommand(item, event) };
    case 'change':
      return { ...item, ...told, ...(event?.diff !== undefined && { diff: event.diff }) };
    case 'call':
    case 'delegate':
      return { ...item, ...told };
    case 'asked':
      return { ...item, state };
    default:
      return item;
  }
}

/** A person may have changed the command before it ran. */
function toldOfCommand({ acts }: { acts?: string }, event: AgentEvent | undefined) {
  const { exitCode, command, background } = event ?? {};
  return {
    ...(exitCode !== undefined && { exitCode }),
    ...(acts === undefined && command !== undefined && command !== '' && { command }),
    ...(background && { background: background.id }),
  };
}

/** @returns the index of the last whose number is at most this; -1 where there is none */
export function findAtOrBefore<Each>(all: readonly Each[], number: number, numberOf: (each: Each) => number): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(all[middle] as Each) <= number) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
