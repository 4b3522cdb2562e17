// Whether the browser has a network by which the engine can be reached, as it changes.
import { useSyncExternalStore } from 'react';

/** An engine on this machine is reached without one. */
const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);

export const useIsOnline = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      addEventListener('online', listener);
      addEventListener('offline', listener);
      return () => {
        removeEventListener('online', listener);
        removeEventListener('offline', listener);
      };
    },
    () => navigator.onLine || isLocal,
  );
