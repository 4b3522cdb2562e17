// The time, for ages that are shown: told again after an interval.
import { useEffect, useState } from 'react';

export function useNow(intervalMs: number): number {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs]);
  return nowMs;
}
