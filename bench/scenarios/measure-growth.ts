// How a rate grows with clients and host threads: an engine for each number of threads, measured size by size.
import { filesBesideSockets, readOpenFilesMax } from '../machine.ts';
import type { Growth, ScenarioOptions, ScenarioResult } from '../scenario.ts';
import { type RunningEngine, startEngine } from '../server/start-engine.ts';
import { waitUntilSettled } from '../server/wait-until-settled.ts';
import { spreadOf } from '../statistics.ts';

const sizes = [1, 10, 100, 1_000, 5_000];
const hostThreads = [1, 2];
/** The duration of each point, which is short since the shape matters, not a figure. */
const rounds = 2;

export type GrowthOptions = {
  name: string;
  unit: string;
  /** @returns the rate with so many clients at once */
  measure(engine: RunningEngine, clients: number): Promise<number>;
};

export async function measureGrowth(
  { name, unit, measure }: GrowthOptions,
  { checkout, progress }: ScenarioOptions,
): Promise<Growth> {
  const possible = sizes.filter((size) => size + filesBesideSockets <= readOpenFilesMax());
  const lines: Growth['lines'] = [];
  for (const threads of hostThreads) {
    const engine = await startEngine(checkout, {
      dropsRows: false,
      environment: { RECONNECT_GRACE: '1', HOST_THREADS: String(threads) },
    });
    await measure(engine, 100); // The first run is the warm-up.
    const figures: Growth['lines'][number]['figures'] = [];
    for (const size of possible) {
      progress(`growth: ${size} client(s), ${threads} host thread(s)`);
      const samples: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await waitUntilSettled(engine.address.port);
        samples.push(await measure(engine, size));
      }
      figures.push(spreadOf(samples));
    }
    lines.push({ name: `${threads} host thread${threads === 1 ? '' : 's'}`, figures });
    await engine.process.end();
  }
  return { name, unit, sizeName: 'clients', sizes: possible, lines };
}

/** The result of a part that has growth and no figures. */
export const growthResultOf = (growth: Growth, problems: string[]): ScenarioResult => ({
  rows: [],
  figures: {},
  growth: [growth],
  notes: ['Growth: a client that is refused for now tries again when it was told to; its waiting counts.'],
  warnings: [],
  problems,
});
