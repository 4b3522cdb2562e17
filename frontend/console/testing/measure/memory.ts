// What a page holds while a session streams: as many events as ten a second make in an hour, in less time.
import type { CDPSession, Page } from 'playwright-core';
import { startTask } from '../console-browser.ts';

const perSecond = 100;
const looks = 4;

type Memory = { events: number; afterMs: number; heapBytes: number; nodes: number };

export async function measureMemory(page: Page, events: number): Promise<Memory[]> {
  await page.goto('/console/');
  const debug = await page.context().newCDPSession(page);
  await debug.send('Performance.enable');
  const beganAt = performance.now();
  const look = async (shown: number) => ({
    events: shown,
    afterMs: performance.now() - beganAt,
    ...(await readMemory(debug)),
  });
  const seen = [await look(0)];
  await startTask(page, `Emit ${events} events, 10 every ${10_000 / perSecond} ms`);
  for (let part = 1; part <= looks; part++) {
    const shown = Math.floor((events * part) / looks);
    await page.waitForFunction(hasShown, [shown, events] as const, { timeout: 600_000, polling: 250 });
    seen.push(await look(shown));
  }
  return seen;
}

/** In the page: whether so many thoughts, or the last word, are there; what has scrolled away is not. */
function hasShown([shown, all]: readonly [number, number]): boolean {
  const text = document.querySelector('[role="feed"]')?.textContent ?? '';
  const last = Math.max(0, ...[...text.matchAll(/Thought (\d+) of/g)].map(([, number]) => Number(number)));
  return shown < all ? last >= shown : text.includes(`Emitted ${all} events`);
}

async function readMemory(debug: CDPSession): Promise<{ heapBytes: number; nodes: number }> {
  await debug.send('HeapProfiler.collectGarbage');
  const { metrics } = await debug.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { heapBytes: of('JSHeapUsedSize'), nodes: of('Nodes') };
}
