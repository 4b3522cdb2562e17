// Asks again when something has changed, but not all the time while an agent works.
import { useEffect, useRef } from 'react';

/** Comparing a large repository takes the sandbox seconds. */
const refreshIntervalMs = 3_000;

/**
 * @param version what was asked for is stale when this is another one; the first one isn't asked for again
 * @param isAsking whether an answer is on its way: it may tell of an earlier version, so that another one is asked for after it
 */
export function useRefresh(version: number, isAsking: boolean, refresh: () => void): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  const asked = useRef({ version, atMs: 0 });
  useEffect(() => {
    if (isAsking || asked.current.version === version) return;
    const waitMs = Math.max(0, asked.current.atMs + refreshIntervalMs - Date.now());
    const timer = setTimeout(() => {
      asked.current = { version, atMs: Date.now() };
      latest.current();
    }, waitMs);
    return () => clearTimeout(timer);
  }, [version, isAsking]);
}
