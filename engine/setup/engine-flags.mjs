// What Node is started with when it runs the engine: a flood then leaves garbage behind, not a larger process.

export const engineFlags = [
  // MB of one of the three parts of the main thread's young generation. V8 would let it grow to 134 MB under load
  // (measured); what a request leaves behind is dead long before 24 MB are full. The other threads have their own bound.
  '--max-semi-space-size=8',
  // How much a heap may grow by garbage until it is collected. By itself V8 waits until it is up to four times as large.
  '--heap-growing-percent=25',
  // Each thread collects its young generation alone: with all processors busy, it would wait for others to help it
  // (measured in a flood on 2 cores: up to 177 ms in place of 35).
  '--no-parallel-scavenge',
];
