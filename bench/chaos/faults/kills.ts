// `kill -9` of the whole engine under load: nothing that was acknowledged or seen may be gone.
import { setTimeout as delay } from 'node:timers/promises';
import { spreadOf } from '../../statistics.ts';
import { Crowd } from '../crowd.ts';
import { type FaultOptions, type Finding, faultOf, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

const servesAgainMsMax = 10_000;

type Size = { times: number; clients: number; perSecond: number };

export const kills = faultOf<Size>({
  whole: { times: 20, clients: 50, perSecond: 20 },
  quick: { times: 2, clients: 20, perSecond: 5 },
  title: ({ times, clients, perSecond }) =>
    `${times} × \`kill -9\` of the engine under ${clients} clients × ${perSecond} commands/s`,
  reach: () => '0 acknowledged commands lost, 0 doubled, 0 seen events missing, serving ≤ 10 s after each',
  run,
});

async function run({ times, clients, perSecond }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open({ goesPastProxy: true });
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    crowd.load(perSecond, random);
    const away: Away[] = [];
    for (let time = 1; time <= times; time++) {
      progress(`kill ${time} of ${times}`);
      await delay(random.between(500, 2_000));
      away.push(await killOnce(stage, crowd));
    }
    const violations = await judge(crowd, stage.databaseUrl);
    const firstMs = spreadOf(away.map((each) => each.firstMs));
    const allMs = spreadOf(away.map((each) => each.allMs));
    const { acknowledged, reconnects } = crowd.tally;
    return {
      measured: `${times} kills, ${acknowledged} commands acknowledged, ${reconnects} reconnects, serving again after ${seconds(firstMs.median)}, at the most ${seconds(firstMs.max)}, and all clients after ${seconds(allMs.median)}, at the most ${seconds(allMs.max)}`,
      violations: [
        ...violations,
        ...unless(allMs.max <= servesAgainMsMax, `it served all clients after ${seconds(allMs.max)} only`),
      ],
    };
  } finally {
    await stage.close();
  }
}

/** From a kill until the first client, and until the last one, is acknowledged something. */
type Away = { firstMs: number; allMs: number };

async function killOnce(stage: Stage, crowd: Crowd): Promise<Away> {
  await stage.engine.kill();
  const killedAtMs = performance.now();
  await stage.startEngine();
  await crowd.acknowledgedSince(killedAtMs, 3 * servesAgainMsMax);
  const firstMs = performance.now() - killedAtMs;
  await crowd.allAcknowledgedSince(killedAtMs, 3 * servesAgainMsMax);
  return { firstMs, allMs: performance.now() - killedAtMs };
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
