// Moving through a timeline by keys: j and k, or the arrows, go from item to item, Home and End to the first and the last; Enter opens
// and folds.
import type { ReactVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef } from 'react';
import { useShortcut } from '../app/use-shortcut.ts';
import { findItem } from './items/build-items.ts';
import type { Item } from './items/item.ts';
import type { Follow } from './use-follow.ts';

type ItemKeys = {
  box: RefObject<HTMLDivElement | null>;
  items: readonly Item[];
  list: ReactVirtualizer<HTMLDivElement, HTMLElement>;
  activeKey: number | undefined;
  activate(key: number): void;
  follow: Follow;
};

export function useItemKeys({ box, items, list, activeKey, activate, follow }: ItemKeys) {
  const isMoving = useRef(false);

  const move = (step: 1 | -1) => {
    goTo(chooseNext(step));
  };

  const goTo = (index: number) => {
    const item = items[index];
    if (!item) return;
    isMoving.current = true;
    if (index < items.length - 1) follow.leave();
    list.scrollToIndex(index, { align: 'auto' });
    activate(item.key);
    focusItem(box.current, item.key); // Where it is drawn already.
  };

  const goToEnd = () => {
    goTo(items.length - 1);
    follow.jump();
  };

  /** From the item that has the focus; else from what is in sight. */
  const chooseNext = (step: 1 | -1): number => {
    const active = activeKey === undefined ? undefined : findItem(items, activeKey);
    if (active !== undefined && box.current?.contains(document.activeElement)) return active + step;
    const inSight = list.range;
    if (!inSight) return -1;
    return step === 1 ? inSight.startIndex : Math.min(inSight.endIndex, items.length - 1);
  };

  useLayoutEffect(() => {
    if (!isMoving.current || activeKey === undefined) return;
    isMoving.current = false;
    focusItem(box.current, activeKey);
  }, [activeKey, box]);

  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));

  const hearKey = (event: KeyboardEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const isItem = target.tagName === 'ARTICLE';
    if (!isItem && target !== box.current) return;
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Home') goTo(0);
    else if (event.key === 'End') goToEnd();
    else if (event.key === 'Enter' && isItem) target.querySelector<HTMLElement>('button[aria-expanded]')?.click();
    else return;
    event.preventDefault();
  };
  return { hearKey };
}

const focusItem = (box: HTMLElement | null, key: number): void =>
  box?.querySelector<HTMLElement>(`article[data-key="${key}"]`)?.focus({ preventScroll: true });
