// Node's flags for the engine, which keep the process from growing for good in a flood of requests.

export const engineFlags = [
  // MB of one of the three parts of the main thread's young generation, which grew to 134 MB under load without it
  // (measured); a request's garbage is dead long before 24 MB are full. The other threads have their own bound.
  '--max-semi-space-size=8',
  // How much a heap may grow until it is collected; V8's default lets it become up to four times as large.
  '--heap-growing-percent=25',
  // Each thread collects its young generation alone: with all processors busy, it would wait for others to help it
  // (measured in a flood on 2 cores: up to 177 ms in place of 35).
  '--no-parallel-scavenge',
];
