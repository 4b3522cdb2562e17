// Far more commands than the engine can take: it refuses some, stays reachable, and its memory stays bounded.
import { setTimeout as delay } from 'node:timers/promises';
import { Child, endAllChildren } from '../../processes/child.ts';
import { percentile } from '../../statistics.ts';
import { Stage } from '../chaos-stage.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { Probe, type Probed } from '../probe.ts';
import { formatMegabytes, readRssBytes, readWaitedMs, watchProcess } from '../process-reading.ts';
import type { PumpAnswers, PumpCounts } from '../pump/pump.ts';
import { Rows } from '../stored-rows.ts';

const clients = 200;
const timesCapacity = 5;
const growthBytesMax = 150 * 1024 ** 2;
const healthP99MsMax = 150;
const capacityTakesMs = 5_000;
/** The load that measures capacity: enough of each client that a batch is under way at any time. */
const capacityLoad = { clients: 50, perSecond: 20_000, unansweredMax: 16 };
const settleMs = 5_000;

type Size = { durationMs: number };

export const flood = makeFault<Size>({
  whole: { durationMs: 60_000 },
  quick: { durationMs: 8_000 },
  title: ({ durationMs }) => `${durationMs / 1_000} s flood at ${timesCapacity} × capacity`,
  reach: () => 'RSS +150 MB at most, refusals only as `overloaded`, `/health` p99 ≤ 150 ms',
  run: runFlood,
});

async function runFlood({ durationMs }: Size, { progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open({ environment: { LOG_LEVEL: 'info' } });
  try {
    const capacity = await measureCapacity(stage);
    progress(`${capacity.toFixed(0)} commands/s is what it takes; now ${timesCapacity} times that`);
    const pump = new Child<PumpAnswers>('chaos/pump/pump.ts');
    await pump.ask('open', { ws: stage.ws, name: 'flood', clients });
    const { pid } = stage.engine;
    const [before, waitedMsBefore] = [readRssBytes(pid), readWaitedMs(pid)];
    const watch = watchProcess(pid, 250);
    const probe = new Probe(stage.http);
    await pump.ask('load', { perSecond: timesCapacity * capacity });
    await delay(durationMs);
    await pump.ask('rest');
    const health = await probe.end();
    const waitedShare = (readWaitedMs(pid) - waitedMsBefore) / durationMs;
    const sentPerSecond = (await pump.ask('counts')).sent / (durationMs / 1_000);
    await delay(settleMs); // Commands that are on their way get their answers.
    watch.end();
    const grownBytes = Math.max(...watch.rssBytes.map(({ value }) => value)) - before;
    const counts = await pump.ask('counts');
    const lost = await countLost(await pump.ask('acknowledged'), stage.databaseUrl);
    return findingOf({ counts, lost, health, grownBytes, capacity, sentPerSecond, waitedShare });
  } finally {
    await endAllChildren();
    await stage.close();
  }
}

/** @returns acknowledged commands a second, when clients wait for their answers */
async function measureCapacity(stage: Stage): Promise<number> {
  const pump = new Child<PumpAnswers>('chaos/pump/pump.ts');
  const { clients, ...load } = capacityLoad;
  await pump.ask('open', { ws: stage.ws, name: 'capacity', clients });
  await pump.ask('load', load);
  await delay(capacityTakesMs);
  const { acknowledged } = await pump.ask('counts');
  await pump.ask('rest');
  await delay(settleMs);
  await pump.end();
  return acknowledged / (capacityTakesMs / 1_000);
}

/** @returns how many commands were acknowledged and are not stored */
async function countLost(acknowledged: readonly string[], databaseUrl: string): Promise<number> {
  const rows = await Rows.open(databaseUrl);
  try {
    const stored = await rows.readCommandIds();
    return acknowledged.filter((id) => !stored.has(id)).length;
  } finally {
    await rows.close();
  }
}

type FloodMeasures = {
  counts: PumpCounts;
  lost: number;
  health: Probed;
  grownBytes: number;
  capacity: number;
  sentPerSecond: number;
  /** The share of the flood's time in which the main thread was ready and had no processor. */
  waitedShare: number;
};

function findingOf({ counts, lost, health, grownBytes, capacity, sentPerSecond, waitedShare }: FloodMeasures): Finding {
  const p99Ms = percentile(health.latenciesMs, 99);
  const times = sentPerSecond / capacity;
  const answered = counts.acknowledged + counts.refusals.values().reduce((sum, each) => sum + each, 0);
  const refused = [...counts.refusals].map(([code, each]) => `${each} ${code}`).join(', ') || 'none';
  const unexpected = [...counts.refusals.keys()].filter((code) => code !== 'overloaded');
  return {
    measured: `${counts.sent} commands sent (${times.toFixed(1)} × the ${capacity.toFixed(0)}/s it takes), ${counts.acknowledged} acknowledged, refused: ${refused}; RSS +${formatMegabytes(grownBytes)}; /health p99 ${p99Ms.toFixed(0)} ms, the main thread without a processor for ${(100 * waitedShare).toFixed(0)} % of the time`,
    violations: [
      ...violationUnless(
        Number(times.toFixed(1)) >= timesCapacity,
        `the machine made only ${times.toFixed(1)} × capacity`,
      ),
      ...violationUnless(grownBytes <= growthBytesMax, `RSS grew by ${formatMegabytes(grownBytes)}`),
      ...violationUnless(p99Ms <= healthP99MsMax, `/health had a p99 of ${p99Ms.toFixed(0)} ms`),
      ...violationUnless(health.failures === 0, `/health did not answer ${health.failures} times`),
      ...violationUnless(lost === 0, `${lost} commands were acknowledged and are not stored`),
      ...violationUnless(counts.holes === 0, `${counts.holes} events did not follow the one before`),
      ...violationUnless(answered === counts.sent, `${counts.sent - answered} commands got no answer`),
      ...[...counts.closes].map(([code, each]) => `${each} connections were closed with ${code}`),
      ...unexpected.map((code) => `commands were refused with ${code}`),
    ],
  };
}
