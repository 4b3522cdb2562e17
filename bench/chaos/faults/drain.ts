// SIGTERM under load: the engine ends in order, and its clients go on with the next one.
import { setTimeout as delay } from 'node:timers/promises';
import { Stage } from '../chaos-stage.ts';
import { Crowd, failAfter } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

const endsWithinMs = 30_000;
const goingAway = 1001;

type Size = { clients: number; perSecond: number };

export const drain = makeFault<Size>({
  whole: { clients: 50, perSecond: 20 },
  quick: { clients: 20, perSecond: 5 },
  title: ({ clients, perSecond }) => `SIGTERM under ${clients} clients × ${perSecond} commands/s`,
  reach: () => 'exit 0 in ≤ 30 s, 0 lost',
  run: runDrain,
});

async function runDrain({ clients, perSecond }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open({ environment: { MOCK_STEP_DELAY_MS: '20' } });
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    crowd.startLoad(perSecond, random);
    await delay(random.between(1_000, 3_000));
    progress('SIGTERM');
    const toldAtMs = performance.now();
    const code = await failAfter(stage.engine.terminate(), 2 * endsWithinMs, 'The engine did not end');
    const tookMs = performance.now() - toldAtMs;
    await stage.startEngine();
    await delay(2_000);
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    const goodbyes = crowd.tally.closes.get(goingAway) ?? 0;
    return {
      measured: `exit ${code} in ${(tookMs / 1_000).toFixed(1)} s, ${goodbyes} of ${clients} clients told 1001, ${crowd.tally.acknowledged} commands acknowledged`,
      violations: [
        ...violations,
        ...violationUnless(code === 0, `its exit code was ${code}`),
        ...violationUnless(tookMs <= endsWithinMs, `it took ${tookMs} ms`),
        ...violationUnless(goodbyes >= clients, `only ${goodbyes} of ${clients} clients were told to come back`),
      ],
    };
  } finally {
    await stage.close();
  }
}
