// Follows the newest of a list while one is at its end, and leaves the place alone where one has scrolled away.
import type { ReactVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

type List = ReactVirtualizer<HTMLDivElement, HTMLElement>;

/** As near to the end counts as there: a browser's own rounding, and a line that is about to be drawn. */
const endPixels = 8;

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
  const [isFollowing, show] = useState(isFollowingAtFirst);
  const set = useCallback((is: boolean) => {
    following.current = is;
    show(is);
  }, []);
  const leave = useCallback(() => {
    list.cancelScroll();
    set(false);
  }, [list, set]);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let lastTop = element.scrollTop;
    const hearScroll = () => {
      const top = element.scrollTop;
      const left = element.scrollHeight - element.clientHeight - top;
      if (left <= endPixels) set(true);
      else if (top < lastTop - 1 && following.current && isByPerson()) leave();
      lastTop = top;
    };
    /** Layout moves the scroll too; what a person does comes with one of these right before. */
    let touchedAt = Number.NEGATIVE_INFINITY;
    const touch = () => {
      touchedAt = performance.now();
    };
    const isByPerson = () => performance.now() - touchedAt < personMs;
    const hearWheel = (event: WheelEvent) => {
      touch();
      if (event.deltaY < 0 && element.scrollTop > 0) leave();
    };
    const passive = { passive: true };
    element.addEventListener('scroll', hearScroll, passive);
    element.addEventListener('wheel', hearWheel, passive);
    for (const name of ['pointerdown', 'pointermove', 'touchmove', 'keydown'] as const)
      element.addEventListener(name, touch, passive);
    return () => {
      element.removeEventListener('scroll', hearScroll);
      element.removeEventListener('wheel', hearWheel);
      for (const name of ['pointerdown', 'pointermove', 'touchmove', 'keydown'] as const)
        element.removeEventListener(name, touch);
    };
  }, [box, leave, set]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it acts on every change.
  useLayoutEffect(() => {
    if (following.current) list.scrollToEnd();
  }, [changed, list]);

  const jump = useCallback(() => {
    set(true);
    list.scrollToEnd();
  }, [list, set]);
  return { isFollowing, leave, jump };
}

/** How long after a key or a touch a scroll is still by it: momentum goes on for some hundred milliseconds. */
const personMs = 1_000;
