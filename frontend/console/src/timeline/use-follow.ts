// Follows the newest of a list while one is at its end, and leaves the place alone where one has scrolled away.
import type { ReactVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

type List = ReactVirtualizer<HTMLDivElement, HTMLElement>;

/** As near to the end counts as there: a browser's own rounding, and a line that is about to be drawn. */
export const endPixels = 8;

export type Follow = { isFollowing: boolean; leave(): void; jump(): void };

/**
 * @param changed is another value whenever something was added
 * @param isFollowingAtFirst false where a link leads to another place
 */
export function useFollow(
  box: RefObject<HTMLDivElement | null>,
  list: List,
  changed: unknown,
  isFollowingAtFirst: boolean,
): Follow {
  const following = useRef(isFollowingAtFirst);
  /** The list is on its way to its end, which moves while what comes into sight is measured. */
  const isOnWay = useRef(false);
  const [isFollowing, show] = useState(isFollowingAtFirst);
  const set = useCallback((is: boolean) => {
    following.current = is;
    show(is);
  }, []);
  const goToEnd = useCallback(() => {
    isOnWay.current = true;
    list.scrollToEnd();
  }, [list]);
  const leave = useCallback(() => {
    isOnWay.current = false;
    list.cancelScroll();
    set(false);
  }, [list, set]);
  const jump = useCallback(() => {
    set(true);
    goToEnd();
  }, [goToEnd, set]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    /** As the list knows it: to ask the browser would have it lay out what was just drawn once more. */
    const isAtEnd = () => list.getTotalSize() - (list.scrollRect?.height ?? 0) - (list.scrollOffset ?? 0) <= endPixels;
    const hearScroll = () => {
      if (isAtEnd()) {
        isOnWay.current = false;
        set(true);
      } else if (!isOnWay.current) set(false);
    };
    /** One's own hand goes before. */
    const hearHand = (event: Event) => {
      if (!isOnWay.current || (event instanceof WheelEvent && event.deltaY >= 0)) return;
      isOnWay.current = false;
      list.cancelScroll();
    };
    const resized = new ResizeObserver(() => {
      if (following.current) goToEnd();
    });
    resized.observe(element);
    element.addEventListener('scroll', hearScroll, { passive: true });
    for (const name of hands) element.addEventListener(name, hearHand, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', hearScroll);
      for (const name of hands) element.removeEventListener(name, hearHand);
    };
  }, [box, goToEnd, list, set]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it acts on every change.
  useLayoutEffect(() => {
    if (following.current) goToEnd();
  }, [changed, goToEnd]);

  return { isFollowing, leave, jump };
}

const hands = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
