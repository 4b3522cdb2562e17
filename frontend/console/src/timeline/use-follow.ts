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
    /** As the list knows it: to ask the browser would have it lay out what was just drawn once more. */
    const look = () => ({
      top: list.scrollOffset ?? 0,
      height: list.getTotalSize(),
      shown: list.scrollRect?.height ?? 0,
    });
    let before = look();
    const hearScroll = () => {
      const now = look();
      const isLaidOut = now.height !== before.height || now.shown !== before.shown;
      if (now.height - now.shown - now.top <= endPixels) set(true);
      else if (now.top < before.top - 1 && !isLaidOut && following.current) leave(); // Layout moves the scroll, too.
      before = now;
    };
    const hearWheel = (event: WheelEvent) => {
      if (event.deltaY < 0 && element.scrollTop > 0) leave();
    };
    const passive = { passive: true };
    element.addEventListener('scroll', hearScroll, passive);
    element.addEventListener('wheel', hearWheel, passive);
    return () => {
      element.removeEventListener('scroll', hearScroll);
      element.removeEventListener('wheel', hearWheel);
    };
  }, [box, leave, list, set]);

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
