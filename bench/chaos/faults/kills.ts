// `kill -9` of the whole engine under load: nothing that was acknowledged or seen may be gone.
import { setTimeout as delay } from 'node:timers/promises';
import { spreadOf } from '../../statistics.ts';
import { Stage } from '../chaos-stage.ts';
import { Crowd } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

type Size = { times: number; clients: number; perSecond: number; servesAgainSecondsMax: number };

export const kills = makeFault<Size>({
  whole: { times: 20, clients: 50, perSecond: 20, servesAgainSecondsMax: 10 },
  quick: { times: 2, clients: 20, perSecond: 5, servesAgainSecondsMax: 60 }, // Beside other tests.
  title: ({ times, clients, perSecond }) =>
    `${times} × \`kill -9\` of the engine under ${clients} clients × ${perSecond} commands/s`,
  reach: ({ servesAgainSecondsMax }) =>
    `0 acknowledged commands lost, 0 doubled, 0 seen events missing, serving ≤ ${servesAgainSecondsMax} s after each`,
  run: runKills,
});

async function runKills(
  { times, clients, perSecond, servesAgainSecondsMax }: Size,
  { random, progress }: FaultOptions,
): Promise<Finding> {
  const servesAgainMsMax = servesAgainSecondsMax * 1_000;
  const stage = await Stage.open({ goesPastProxy: true });
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    crowd.startLoad(perSecond, random);
    const away: AwayTimes[] = [];
    for (let time = 1; time <= times; time++) {
      progress(`kill ${time} of ${times}`);
      await delay(random.between(500, 2_000));
      away.push(await killOnce(stage, crowd, 3 * servesAgainMsMax));
    }
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    const firstMs = spreadOf(away.map((each) => each.firstMs));
    const allMs = spreadOf(away.map((each) => each.allMs));
    const { acknowledged, reconnects } = crowd.tally;
    return {
      measured: `${times} kills, ${acknowledged} commands acknowledged, ${reconnects} reconnects, serving again after ${formatSeconds(firstMs.median)}, at the most ${formatSeconds(firstMs.max)}, and all clients after ${formatSeconds(allMs.median)}, at the most ${formatSeconds(allMs.max)}`,
      violations: [
        ...violations,
        ...violationUnless(
          allMs.max <= servesAgainMsMax,
          `it served all clients after ${formatSeconds(allMs.max)} only`,
        ),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** The times from a kill until the first and the last client have an acknowledgement. */
type AwayTimes = { firstMs: number; allMs: number };

async function killOnce(stage: Stage, crowd: Crowd, withinMs: number): Promise<AwayTimes> {
  await stage.engine.kill();
  const killedAtMs = performance.now();
  await stage.startEngine();
  await crowd.waitForAcknowledgement(killedAtMs, withinMs);
  const firstMs = performance.now() - killedAtMs;
  await crowd.waitForAllAcknowledgements(killedAtMs, withinMs);
  return { firstMs, allMs: performance.now() - killedAtMs };
}

const formatSeconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
