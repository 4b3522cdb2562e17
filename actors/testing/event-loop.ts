// Waiting in tests without a clock: a condition is looked at after every turn of the event loop.

const turnsMin = 20_000;
/** A file or another thread may be late on a busy machine, however many turns this one takes. */
const waitMsMax = 30_000;

/** One whole turn of the event loop: timers that are due, messages, `setImmediate`. */
export const passLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function passLoops(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await passLoop();
}

/** @throws when the condition doesn't come true in so many turns, and so long, that it never will */
export async function waitUntil(what: string, isTrue: () => boolean): Promise<void> {
  const untilMs = performance.now() + waitMsMax;
  for (let turn = 0; turn < turnsMin || performance.now() < untilMs; turn++) {
    if (isTrue()) return;
    await passLoop();
  }
  throw new Error(`It never came true: ${what}.`);
}

/** Whether a promise is settled after a few turns of the event loop. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await passLoops(3);
  return settled;
}
