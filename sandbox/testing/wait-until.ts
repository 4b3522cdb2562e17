// Waiting until something is so, for tests: whatever a machine has to do meanwhile.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

/** What a busy machine may take for what is there at once on one at rest. */
const waitMsMax = 30_000;
const shortPauseMs = 20;

export async function waitUntil(isSo: () => Promise<boolean> | boolean, withinMs = waitMsMax): Promise<void> {
  for (const untilMs = performance.now() + withinMs; !(await isSo()); await delay(shortPauseMs))
    assert.ok(performance.now() < untilMs, `never ${isSo}`);
}

/**
 * Asserts again and again, until it holds.
 * @param pauseMs between two tries, longer where each is counted
 * @throws the last assertion's error, which tells what there was instead; any other error at once
 */
export async function waitUntilHolds<Value>(
  check: () => Promise<Value> | Value,
  pauseMs = shortPauseMs,
): Promise<Value> {
  for (const untilMs = performance.now() + waitMsMax; ; await delay(pauseMs))
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || performance.now() > untilMs) throw error;
    }
}
