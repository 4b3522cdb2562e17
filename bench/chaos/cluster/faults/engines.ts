// Engines that are killed, stand still, or are had by every client at once.
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../fault.ts';
import { type Broken, makeClusterFault } from '../cluster-fault.ts';

/** Five seconds of it are the silence that counts as death. */
const killedAwayMs = 10_000;
const standsStillMs = 10_000;

const killEngine = async ({ stage, hit }: Broken): Promise<void> => stage.processOf(hit).kill();

async function killBoth(broken: Broken): Promise<void> {
  await Promise.all([killEngine(broken), broken.stage.natsOf(broken.random.between(0, 2)).kill()]);
}

async function stopEngine({ stage, hit }: Broken): Promise<void> {
  const { pid } = stage.processOf(hit);
  process.kill(pid, 'SIGSTOP');
  try {
    await delay(standsStillMs);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

export const engineFaults: Record<string, Fault> = {
  'kill-engine': makeClusterFault({
    title: '`kill -9` of an engine',
    reach: { awayMs: killedAwayMs },
    act: killEngine,
  }),
  'kill-both': makeClusterFault({
    title: '`kill -9` of an engine and a nats-server at once',
    reach: { awayMs: killedAwayMs },
    act: killBoth,
  }),
  'stop-engine': makeClusterFault({
    title: 'SIGSTOP of an engine for 10 s, then SIGCONT',
    reach: { awayMs: standsStillMs + 5_000 },
    act: stopEngine,
  }),
  everywhere: makeClusterFault({
    title: "every session's clients at every engine at once, `kill -9` of one engine",
    reach: { awayMs: killedAwayMs },
    sharers: 3,
    act: killEngine,
  }),
};
