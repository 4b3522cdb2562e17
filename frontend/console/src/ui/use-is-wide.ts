// Whether the window is at least so wide, as it changes.
import { useSyncExternalStore } from 'react';

export function useIsWide(widthPixels: number): boolean {
  const query = matchMedia(`(min-width: ${widthPixels}px)`);
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
