// Ordinary days: clients that stay, clients that come and go, reconnects. Nothing may grow.
import { setTimeout as delay } from 'node:timers/promises';
import { Crowd } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { megabytes, type Watch, watchProcess } from '../process-reading.ts';
import { growthPerMinute, type Sample } from '../slope.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

const growthBytesMax = 1024 ** 2;
const descriptorsGrowthMax = 1;
/** So short that what has come and gone is forgotten within the measurement. */
const environment = { RECONNECT_GRACE: '5', HIBERNATE_AFTER: '10' };

export const mixedLoad: Fault = {
  title: '10 minutes of mixed load',
  reach: 'RSS and descriptors level: ≤ 1 MB/min and ≤ 1 descriptor/min after the first two minutes',
  run,
};

async function run(options: FaultOptions): Promise<Finding> {
  const { isQuick, random, progress } = options;
  const [durationMs, settledAfterMs] = isQuick ? [20_000, 10_000] : [600_000, 120_000];
  const stage = await Stage.open({ environment });
  try {
    const staying = await Crowd.start({ url: stage.ws, clients: 30, random, name: 'staying' });
    staying.load(0.5, random);
    const watch = watchProcess(stage.engine.pid, 1_000);
    const startedAtMs = performance.now();
    for (let visit = 1; performance.now() - startedAtMs < durationMs; visit++) {
      if (visit % 10 === 0) progress(`${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
      await visitOnce(stage, visit, options);
      staying.clients[random.between(0, staying.clients.length - 1)]?.jump();
    }
    watch.end();
    const violations = await judge(staying, stage.databaseUrl);
    return findingOf(watch, startedAtMs + settledAfterMs, isQuick, violations);
  } finally {
    await stage.close();
  }
}

/** A few clients begin sessions, say something, and leave. */
async function visitOnce(stage: Stage, visit: number, { random }: FaultOptions): Promise<void> {
  const visitors = await Crowd.start({ url: stage.ws, clients: 5, random, name: `visitor-${visit}` });
  for (const client of visitors.clients) client.command();
  await delay(1_000);
  await visitors.leave();
}

/** A quick run is over before anything is level: it only shows that the load runs. */
function findingOf(watch: Watch, sinceMs: number, isQuick: boolean, violations: string[]): Finding {
  const settled = (samples: readonly Sample[]) => samples.filter(({ atMs }) => atMs >= sinceMs);
  const bytes = growthPerMinute(settled(watch.rssBytes));
  const descriptors = growthPerMinute(settled(watch.descriptors));
  return {
    measured: `RSS ${megabytes(bytes)}/min, at ${megabytes(watch.rssBytes.at(-1)?.value ?? 0)} in the end; descriptors ${descriptors.toFixed(2)}/min`,
    violations: [
      ...violations,
      ...unless(isQuick || bytes <= growthBytesMax, `RSS grew by ${megabytes(bytes)}/min`),
      ...unless(isQuick || descriptors <= descriptorsGrowthMax, `descriptors grew by ${descriptors.toFixed(2)}/min`),
    ],
  };
}
