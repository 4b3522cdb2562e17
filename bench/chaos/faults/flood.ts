// Far more commands than the engine can take: it says so, stays reachable, and its memory stays bounded.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../../statistics.ts';
import { Crowd } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { Probe, type Probed } from '../probe.ts';
import { megabytes, rssBytesOf, watchProcess } from '../process-reading.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

const clients = 200;
const timesCapacity = 5;
const growthBytesMax = 150 * 1024 ** 2;
const healthP99MsMax = 150;
const capacityTakesMs = 5_000;
/** The codes that a flood may be refused with. */
const allowed = ['overloaded', 'tooManyCommands', 'rateLimited'];

export const flood: Fault = {
  title: '60 s flood at 5 × capacity',
  reach: 'RSS +150 MB at most, refusals only as `overloaded` or 429, `/health` p99 ≤ 150 ms',
  run,
};

async function run({ isQuick, random, progress }: FaultOptions): Promise<Finding> {
  const durationMs = isQuick ? 8_000 : 60_000;
  const stage = await Stage.open({ environment: { LOG_LEVEL: 'info' } });
  try {
    const perSecond = await capacityOf(stage, { isQuick, random, progress });
    progress(`${perSecond.toFixed(0)} commands/s is what it takes; now ${timesCapacity} times that`);
    const impatient = { unansweredMax: 100_000, isPersistent: false };
    const crowd = await Crowd.start({ url: stage.ws, clients, random, name: 'flood', client: impatient });
    const before = rssBytesOf(stage.engine.pid);
    const watch = watchProcess(stage.engine.pid, 250);
    const probe = new Probe(stage.http);
    crowd.load((timesCapacity * perSecond) / clients, random);
    await delay(durationMs);
    crowd.rest();
    const health = await probe.end();
    watch.end();
    const grownBytes = Math.max(...watch.rssBytes.map(({ value }) => value)) - before;
    const violations = await judge(crowd, stage.databaseUrl);
    return findingOf(crowd, { health, grownBytes, perSecond }, violations);
  } finally {
    await stage.close();
  }
}

/** @returns acknowledged commands a second, when clients wait for their answers */
async function capacityOf(stage: Stage, { random }: FaultOptions): Promise<number> {
  const crowd = await Crowd.start({
    url: stage.ws,
    clients: 50,
    random,
    name: 'capacity',
    client: { unansweredMax: 8 },
  });
  crowd.load(200, random);
  await delay(capacityTakesMs);
  crowd.rest();
  const { acknowledged } = crowd.tally;
  await crowd.answered(capacityTakesMs);
  await crowd.leave();
  return acknowledged / (capacityTakesMs / 1_000);
}

type Measured = { health: Probed; grownBytes: number; perSecond: number };

function findingOf({ tally }: Crowd, { health, grownBytes, perSecond }: Measured, violations: string[]): Finding {
  const p99Ms = percentile(health.latenciesMs, 99);
  const unexpected = [...tally.refusals.keys()].filter((code) => !allowed.includes(code));
  const refused = [...tally.refusals].map(([code, times]) => `${times} ${code}`).join(', ') || 'none';
  return {
    measured: `${tally.sent} commands sent (capacity ${perSecond.toFixed(0)}/s), ${tally.acknowledged} acknowledged, refused: ${refused}; RSS +${megabytes(grownBytes)}; /health p99 ${p99Ms.toFixed(0)} ms`,
    violations: [
      ...violations,
      ...unless(grownBytes <= growthBytesMax, `RSS grew by ${megabytes(grownBytes)}`),
      ...unless(p99Ms <= healthP99MsMax, `/health had a p99 of ${p99Ms.toFixed(0)} ms`),
      ...unless(health.failures === 0, `/health did not answer ${health.failures} times`),
      ...unexpected.map((code) => `commands were refused with ${code}`),
    ],
  };
}
