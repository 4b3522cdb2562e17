// Far more commands than the engine can take: it says so, stays reachable, and its memory stays bounded.
import { setTimeout as delay } from 'node:timers/promises';
import { Child, endAll } from '../../processes/child.ts';
import { percentile } from '../../statistics.ts';
import { type FaultOptions, type Finding, faultOf, unless } from '../fault.ts';
import { Probe, type Probed } from '../probe.ts';
import { megabytes, rssBytesOf, waitedMsOf, watchProcess } from '../process-reading.ts';
import type { Counts, PumpAnswers } from '../pump/pump.ts';
import { Rows } from '../rows.ts';
import { Stage } from '../stage.ts';

const clients = 200;
const timesCapacity = 5;
const growthBytesMax = 150 * 1024 ** 2;
const healthP99MsMax = 150;
const capacityTakesMs = 5_000;
/** While it is measured: enough of each client that a batch is under way at any time. */
const capacityLoad = { clients: 50, perSecond: 20_000, unansweredMax: 16 };
const settleMs = 5_000;

type Size = { durationMs: number };

export const flood = faultOf<Size>({
  whole: { durationMs: 60_000 },
  quick: { durationMs: 8_000 },
  title: ({ durationMs }) => `${durationMs / 1_000} s flood at ${timesCapacity} × capacity`,
  reach: () => 'RSS +150 MB at most, refusals only as `overloaded`, `/health` p99 ≤ 150 ms',
  run,
});

async function run({ durationMs }: Size, { progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open({ environment: { LOG_LEVEL: 'info' } });
  try {
    const capacity = await capacityOf(stage);
    progress(`${capacity.toFixed(0)} commands/s is what it takes; now ${timesCapacity} times that`);
    const pump = new Child<PumpAnswers>('chaos/pump/pump.ts');
    await pump.ask('open', { ws: stage.ws, name: 'flood', clients });
    const { pid } = stage.engine;
    const [before, waitedMsBefore] = [rssBytesOf(pid), waitedMsOf(pid)];
    const watch = watchProcess(pid, 250);
    const probe = new Probe(stage.http);
    await pump.ask('load', { perSecond: timesCapacity * capacity });
    await delay(durationMs);
    await pump.ask('rest');
    const health = await probe.end();
    const waitedShare = (waitedMsOf(pid) - waitedMsBefore) / durationMs;
    const sentPerSecond = (await pump.ask('counts')).sent / (durationMs / 1_000);
    await delay(settleMs); // What was on its way is answered.
    watch.end();
    const grownBytes = Math.max(...watch.rssBytes.map(({ value }) => value)) - before;
    const counts = await pump.ask('counts');
    const lost = await lostOf(await pump.ask('acknowledged'), stage.databaseUrl);
    return findingOf({ counts, lost, health, grownBytes, capacity, sentPerSecond, waitedShare });
  } finally {
    await endAll();
    await stage.close();
  }
}

/** @returns acknowledged commands a second, when clients wait for their answers */
async function capacityOf(stage: Stage): Promise<number> {
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
async function lostOf(acknowledged: readonly string[], databaseUrl: string): Promise<number> {
  const rows = await Rows.open(databaseUrl);
  try {
    const stored = await rows.commandIds();
    return acknowledged.filter((id) => !stored.has(id)).length;
  } finally {
    await rows.close();
  }
}

type Measured = {
  counts: Counts;
  lost: number;
  health: Probed;
  grownBytes: number;
  capacity: number;
  sentPerSecond: number;
  /** Of the flood's time, in which the main thread was ready to go on and had no processor. */
  waitedShare: number;
};

function findingOf({ counts, lost, health, grownBytes, capacity, sentPerSecond, waitedShare }: Measured): Finding {
  const p99Ms = percentile(health.latenciesMs, 99);
  const times = sentPerSecond / capacity;
  const answered = counts.acknowledged + counts.refusals.values().reduce((sum, each) => sum + each, 0);
  const refused = [...counts.refusals].map(([code, each]) => `${each} ${code}`).join(', ') || 'none';
  const unexpected = [...counts.refusals.keys()].filter((code) => code !== 'overloaded');
  return {
    measured: `${counts.sent} commands sent (${times.toFixed(1)} × the ${capacity.toFixed(0)}/s it takes), ${counts.acknowledged} acknowledged, refused: ${refused}; RSS +${megabytes(grownBytes)}; /health p99 ${p99Ms.toFixed(0)} ms, the main thread without a processor for ${(100 * waitedShare).toFixed(0)} % of the time`,
    violations: [
      ...unless(Number(times.toFixed(1)) >= timesCapacity, `the machine made only ${times.toFixed(1)} × capacity`),
      ...unless(grownBytes <= growthBytesMax, `RSS grew by ${megabytes(grownBytes)}`),
      ...unless(p99Ms <= healthP99MsMax, `/health had a p99 of ${p99Ms.toFixed(0)} ms`),
      ...unless(health.failures === 0, `/health did not answer ${health.failures} times`),
      ...unless(lost === 0, `${lost} commands were acknowledged and are not stored`),
      ...unless(counts.holes === 0, `${counts.holes} events did not follow the one before`),
      ...unless(answered === counts.sent, `${counts.sent - answered} commands got no answer`),
      ...[...counts.closes].map(([code, each]) => `${each} connections were closed with ${code}`),
      ...unexpected.map((code) => `commands were refused with ${code}`),
    ],
  };
}
