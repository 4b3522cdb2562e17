// Many sessions that ask for a sandbox at once: how long they wait for their first output, and how long in the queue.
import { startOwnSandboxes } from '../../sandboxes/start-sandboxes.ts';
import { measureInTurns, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';
import { median, percentile } from '../../statistics.ts';

const sessionCount = { quick: 4, whole: 20 };
const warm = 2;

export async function measureBursts(options: ScenarioOptions): Promise<ScenarioResult> {
  const sessions = options.isQuick ? sessionCount.quick : sessionCount.whole;
  const name = `burst of ${sessions}`;
  const ours = await startOwnSandboxes(options.checkout, warm);
  if (!options.isQuick) {
    options.progress('warm-up: ours');
    await ours.ask('burst', sessions);
  }
  const samples = await measureInTurns(['ours'], options, async () => {
    const { latenciesMs, queuedMs, elapsedMs } = await ours.ask('burst', sessions);
    return {
      [`${name}: start to first output p50, ms`]: median(latenciesMs),
      [`${name}: start to first output p99, ms`]: percentile(latenciesMs, 99),
      [`${name}: until the last, ms`]: elapsedMs,
      [`${name}: sessions that queued`]: queuedMs.length,
      ...(queuedMs.length > 0 && {
        [`${name}: in the queue p50, ms`]: median(queuedMs),
        [`${name}: in the queue p99, ms`]: percentile(queuedMs, 99),
      }),
    };
  });
  await ours.end();
  return {
    rows: [],
    figures: samples.makeTable(),
    notes: [
      `Burst: ${sessions} sessions on one source with ${warm} warm containers, which makes new ones meanwhile. The p99 of ${sessions} is the slowest. In the queue: from hearing a place to Docker being asked; of those that queued.`,
    ],
    warnings: [],
    problems: [],
  };
}
