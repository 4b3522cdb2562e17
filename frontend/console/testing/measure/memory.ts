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
    const text = part === looks ? `Emitted ${events} events` : new RegExp(`Thought ${Math.floor(shown / 10)}\\d of`);
    await page.getByText(text).first().waitFor({ timeout: 600_000 });
    seen.push(await look(shown));
  }
  return seen;
}

async function readMemory(debug: CDPSession): Promise<{ heapBytes: number; nodes: number }> {
  await debug.send('HeapProfiler.collectGarbage');
  const { metrics } = await debug.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { heapBytes: of('JSHeapUsedSize'), nodes: of('Nodes') };
}
