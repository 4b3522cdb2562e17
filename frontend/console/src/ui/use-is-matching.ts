// Whether a media query holds, as it changes.
import { useSyncExternalStore } from 'react';

export function useIsMatching(media: string): boolean {
  const query = matchMedia(media);
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}
