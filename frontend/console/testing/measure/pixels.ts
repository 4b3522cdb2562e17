// How long an event is on its way to the screen: from when the engine recorded it, before it was stored, to the frame that shows it.
import type { Page } from 'playwright-core';
import { readEvents, startTask } from '../console-browser.ts';
import { percentile } from './statistics.ts';

declare const waits: Map<number, number>;

/** The engine and the browser are on one machine, and so of one clock. */
export async function measurePixels(page: Page, count: number): Promise<{ count: number; p50: number; p99: number }> {
  await page.goto('/console/');
  const sessionId = await startTask(page, `Emit ${count} events, 1 every 50 ms`);
  await page.evaluate(watchThoughts);
  await page
    .getByText(`Emitted ${count} events`)
    .first()
    .waitFor({ timeout: count * 50 + 60_000 });
  const shown = new Map(await page.evaluate(() => [...waits]));
  const recorded = await readEvents(page, sessionId);
  const waitsMs = recorded.flatMap(({ content = '', timestamp }) => {
    const shownAt = shown.get(Number(/^Thought (\d+) of /.exec(content)?.[1]));
    return shownAt === undefined ? [] : [shownAt - Date.parse(timestamp)];
  });
  return { count: waitsMs.length, p50: percentile(waitsMs, 0.5), p99: percentile(waitsMs, 0.99) };
}

/** In the page: when each thought's text was there and painted. */
function watchThoughts(): void {
  const seen = new Map<number, number>();
  Object.assign(globalThis, { waits: seen });
  const painted = new MessageChannel();
  let fresh: number[] = [];
  painted.port1.onmessage = () => {
    for (const number of fresh) seen.set(number, Date.now());
    fresh = [];
  };
  new MutationObserver(() => {
    const texts = document.body.textContent.matchAll(/Thought (\d+) of /g);
    const found = [...texts].map(([, number]) => Number(number)).filter((number) => !seen.has(number));
    if (found.length === 0) return;
    fresh.push(...found);
    requestAnimationFrame(() => painted.port2.postMessage(null)); // Its message comes after the frame was painted.
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
