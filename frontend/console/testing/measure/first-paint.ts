// How long somebody who has signed in waits for the page of sessions, with nothing in the browser's cache.
import { type ConsoleBrowser, taskField } from '../console-browser.ts';

type Network = {
  name: string;
  latencyMs: number;
  downBitsPerSecond: number;
  upBitsPerSecond: number;
  cpuSlowdown: number;
};

/** As Chromium's developer tools and Lighthouse throttle: the latency is that of a request. */
export const networks: Network[] = [
  { name: 'Fast 4G', latencyMs: 165, downBitsPerSecond: 8_100_000, upBitsPerSecond: 1_350_000, cpuSlowdown: 1 },
  {
    name: 'Fast 4G, CPU 4x slower',
    latencyMs: 165,
    downBitsPerSecond: 8_100_000,
    upBitsPerSecond: 1_350_000,
    cpuSlowdown: 4,
  },
  { name: 'Slow 4G', latencyMs: 562.5, downBitsPerSecond: 1_474_560, upBitsPerSecond: 675_000, cpuSlowdown: 1 },
  {
    name: 'Slow 4G, CPU 4x slower',
    latencyMs: 562.5,
    downBitsPerSecond: 1_474_560,
    upBitsPerSecond: 675_000,
    cpuSlowdown: 4,
  },
];

declare const marks: { meaningfulMs?: number };

/** Meaningful: the field for a new task is there. */
export async function measureFirstPaint(
  browser: ConsoleBrowser,
  { latencyMs, downBitsPerSecond, upBitsPerSecond, cpuSlowdown }: Network,
): Promise<{ firstMs: number; meaningfulMs: number }> {
  const signedIn = await browser.signIn('measured');
  const context = signedIn.context();
  await signedIn.close();
  const page = await context.newPage();
  const debug = await context.newCDPSession(page);
  await debug.send('Network.enable');
  await debug.send('Network.setCacheDisabled', { cacheDisabled: true });
  await debug.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: latencyMs,
    downloadThroughput: downBitsPerSecond / 8,
    uploadThroughput: upBitsPerSecond / 8,
  });
  await debug.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
  await page.addInitScript(() => {
    const all: typeof marks = {};
    Object.assign(globalThis, { marks: all });
    const look = () => {
      if (document.querySelector('[aria-label="What should the agent do"]')) all.meaningfulMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto('/console/');
  await taskField(page).waitFor();
  await page.waitForFunction(() => marks.meaningfulMs !== undefined);
  const paints = await page.evaluate(() => ({
    firstMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    meaningfulMs: marks.meaningfulMs ?? Number.NaN,
  }));
  await context.close();
  return paints;
}
