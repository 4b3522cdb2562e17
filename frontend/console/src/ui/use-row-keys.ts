// Walking through a list by keys: j and k, and the focus stays with its row when the list is put in order again.
import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import { useShortcut } from '../app/use-shortcut.ts';

type RowListeners = { onFocus(event: FocusEvent): void; onBlur(event: FocusEvent): void };

/**
 * @param list the element whose descendants with `data-row` are rows, each with a name of its own there
 * @param onWalk called with each step
 * @returns listeners for that element
 */
export function useRowKeys(list: RefObject<HTMLElement | null>, onWalk: () => void): RowListeners {
  const focused = useRef<string>(undefined);
  const walk = (step: 1 | -1) => {
    const rows = rowsOf(list.current);
    const at = rows.findIndex((row) => row.dataset.row === focused.current);
    const next = rows[at === -1 ? (step === 1 ? 0 : rows.length - 1) : at + step];
    if (!next) return;
    onWalk();
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  };
  useShortcut('j', () => walk(1));
  useShortcut('k', () => walk(-1));
  useLayoutEffect(() => {
    if (focused.current === undefined || document.activeElement !== document.body) return;
    rowsOf(list.current)
      .find((row) => row.dataset.row === focused.current)
      ?.focus({ preventScroll: true });
  });
  return {
    onFocus: ({ target }) => {
      focused.current = target instanceof HTMLElement ? target.dataset.row : undefined;
    },
    onBlur: () => {
      focused.current = undefined;
    },
  };
}

/** Focuses the first row, for who comes from a field above the list. */
export const focusFirstRow = (): void => rowsOf(document)[0]?.focus();

const rowsOf = (list: ParentNode | null): HTMLElement[] => [
  ...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? []),
];
