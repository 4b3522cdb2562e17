// Holds what is shown where it is while somebody points at it, so that nothing moves away under a finger.
import { useCallback, useEffect, useRef, useState } from 'react';

/** So long after the last touch or key a list may be put in order again: longer than one takes to press what one has seen. */
const holdMs = 2_000;

/**
 * @param hold makes what is shown of what was shown before and what there is now
 * @returns what to show, and what to call whenever somebody points at it
 */
export function useHeld<Value>(now: Value, hold: (held: Value, now: Value) => Value): [Value, () => void] {
  const [isHeld, setHeld] = useState(false);
  const held = useRef(now);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (!isHeld) held.current = now;
  const begin = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setHeld(false), holdMs);
    setHeld(true);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [isHeld ? hold(held.current, now) : now, begin];
}
