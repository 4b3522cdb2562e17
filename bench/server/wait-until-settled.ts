// Waits until an engine is at rest, so that the next measurement doesn't pay for the one before.
import { setTimeout as sleep } from 'node:timers/promises';
import { readGauge } from './read-gauge.ts';

const withinMs = 60_000;
const checkMs = 100;

/** Resolves once no session is in memory: all have ended, or were passivated after RECONNECT_GRACE. */
export async function waitUntilSettled(port: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while ((await readGauge(port, 'lucid_sessions')) > 0) {
    if (performance.now() > deadlineMs) throw new Error(`Sessions were still in memory after ${withinMs} ms.`);
    await sleep(checkMs);
  }
}
