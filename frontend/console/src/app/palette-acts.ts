// What the shown page offers in the palette.
import { useEffect, useSyncExternalStore } from 'react';

/** `keys`: the shortcut that does the same, as it is shown. */
export type PaletteAct = { label: string; keys?: string; act(): void };

let shown: readonly PaletteAct[] = [];
const listeners = new Set<() => void>();

function show(acts: readonly PaletteAct[]): void {
  shown = acts;
  for (const listener of listeners) listener();
}

/** Offers acts while the page is shown. @param acts the same array until they change */
export function useOfferActs(acts: readonly PaletteAct[]): void {
  useEffect(() => {
    show([...shown, ...acts]);
    return () => show(shown.filter((act) => !acts.includes(act)));
  }, [acts]);
}

export const usePaletteActs = (): readonly PaletteAct[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
