// Random choices that a seed repeats.

export type Random = {
  /** @returns a number from 0 to below 1 */
  next(): number;
  /** @returns a whole number from `min` to `max`, both included */
  between(min: number, max: number): number;
  /** A generator for one part of the schedule, which other parts don't change. */
  fork(name: string): Random;
};

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to choose times and positions. */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    fork: (name) => makeRandom(seed ^ hashName(name)),
  };
}

/** The hash is FNV-1a, 32 bits. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
