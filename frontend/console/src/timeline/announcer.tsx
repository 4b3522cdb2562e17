// Reads out what the agent has said, to those who don't see it: the newest message, not each.
import { useEffect, useRef, useState } from 'react';
import { describeItem } from './describe-item.ts';
import type { Item } from './items/item.ts';

/** More often nobody can listen. */
const announceIntervalMs = 4_000;
/** What happened so long before the page was opened is history. */
const newsMs = 5_000;

export function Announcer({ items }: { items: readonly Item[] }) {
  const [said, say] = useState('');
  const since = useRef(Date.now() - newsMs);
  const latest = useRef(items);
  latest.current = items;
  useEffect(() => {
    let told = 0;
    const timer = setInterval(() => {
      const news = latest.current.findLast(isNews);
      if (!news || news.key <= told || Date.parse(news.at) < since.current) return;
      told = news.key;
      say(describeItem(news));
    }, announceIntervalMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}

const isNews = (item: Item): boolean =>
  (item.kind === 'message' && item.by === 'agent') ||
  item.kind === 'failure' ||
  (item.kind === 'asked' && item.state === 'asked') ||
  item.kind === 'turnEnd';
