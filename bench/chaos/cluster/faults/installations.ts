// Engines that are set up otherwise than the others: their clock, their name, their release, their disk.
import { statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Fault } from '../../fault.ts';
import { type Broken, makeClusterFault } from '../cluster-fault.ts';
import { enginesOfStage } from '../cluster-stage.ts';
import { checkOutLastRelease } from '../last-release.ts';

const killedAwayMs = 10_000;
const wrongClock = pathToFileURL(fileURLToPath(new URL('../wrong-clock.mjs', import.meta.url))).href;
const different = 0;
const diskBytes = 1024 * 1024;

const killEngine = async ({ stage, hit }: Broken): Promise<void> => stage.processOf(hit).kill();

/** Each engine drains, and one of today's release takes its place. */
async function upgradeAll({ stage }: Broken): Promise<void> {
  for (let engine = 0; engine < enginesOfStage; engine++) {
    const code = await stage.processOf(engine).terminate();
    if (code !== 0) throw new Error(`The engine ${engine} ended with ${code}.`);
    await stage.startEngine(engine);
  }
}

/** Nothing more fits onto the disk, neither while the engine runs nor when it starts again. */
async function fillDisk({ stage, hit }: Broken): Promise<void> {
  const { folder } = stage.seatOf(hit);
  const { bavail, bsize } = await statfs(folder);
  await writeFile(path.join(folder, 'full'), Buffer.alloc(bavail * bsize));
  await delay(3_000);
  await stage.processOf(hit).kill();
  await stage.startEngine(hit);
}

export const installationFaults: Record<string, Fault> = {
  'wrong-clock': makeClusterFault({
    title: 'an engine whose clock is 10 minutes ahead, `kill -9` of another one',
    reach: { awayMs: killedAwayMs },
    settings: (engine) => (engine === different ? { flags: ['--import', wrongClock] } : {}),
    hits: [1, 2],
    act: killEngine,
  }),
  'same-name': makeClusterFault({
    title: 'two engines with the same name, `kill -9` of one of them',
    reach: { awayMs: killedAwayMs },
    settings: (engine) => (engine < 2 ? { environment: { NODE_NAME: 'twin' } } : {}),
    hits: [0, 1],
    act: killEngine,
    standingOf: ({ owner, client, hit }) => (owner < 2 ? 'hit' : client === hit ? 'clients' : 'elsewhere'),
  }),
  'last-release': makeClusterFault({
    title: 'an engine of the last release among two of this one, `kill -9` of any',
    reach: { awayMs: killedAwayMs },
    settings: async (engine) => (engine === different ? { checkout: await checkOutLastRelease() } : {}),
    act: killEngine,
  }),
  upgrade: makeClusterFault({
    title: 'a rolling upgrade of all engines from the last release',
    reach: { awayMs: 5_000 },
    prepare: async (stage) => {
      const checkout = await checkOutLastRelease();
      for (let engine = 0; engine < enginesOfStage; engine++) {
        await stage.processOf(engine).terminate();
        await stage.startEngine(engine, checkout);
      }
    },
    act: upgradeAll,
    standingOf: () => 'hit',
  }),
  'full-disk': makeClusterFault({
    title: 'an engine whose disk is full, and that is killed and started again on it',
    reach: { awayMs: killedAwayMs },
    settings: (engine) => (engine === different ? { diskBytes } : {}),
    hits: [different],
    act: fillDisk,
  }),
};
