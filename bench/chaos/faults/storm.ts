// All clients lose their connections at once and come back at once, again and again: no descriptor is left open.
import { Stage } from '../chaos-stage.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';
import { countDescriptors } from '../process-reading.ts';

const leftMax = 16;
const backWithinMs = 60_000;
const closedWithinMs = 20_000;

type Size = { clients: number; times: number };

export const storm = makeFault<Size>({
  whole: { clients: 1_000, times: 10 },
  quick: { clients: 100, times: 3 },
  title: ({ clients, times }) => `${clients.toLocaleString('en')} clients × ${times} reconnects in a storm`,
  reach: () => 'file descriptors back within 16',
  run: runStorm,
});

async function runStorm({ clients, times }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  try {
    const { pid } = stage.engine;
    const early = await Crowd.start({ url: stage.ws, clients: 5, random, name: 'early' });
    await early.leave(); // Descriptors that are opened once, for instance to PostgreSQL, are open by now.
    const before = countDescriptors(pid);
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    let areBack = true;
    for (let time = 1; time <= times; time++) {
      progress(`${time} of ${times}`);
      for (const client of crowd.clients) client.cut();
      const isBack = () => crowd.tally.reconnects >= time * clients && crowd.clients.every((each) => each.isCaughtUp);
      areBack &&= await waitUntil(isBack, backWithinMs);
    }
    const most = countDescriptors(pid);
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    await waitUntil(() => countDescriptors(pid) <= before + leftMax, closedWithinMs);
    const left = countDescriptors(pid) - before;
    return {
      measured: `${crowd.tally.reconnects} reconnects; descriptors ${before} before, ${most} during, ${before + left} after`,
      violations: [
        ...violations,
        ...violationUnless(areBack, `not all clients were back in ${backWithinMs} ms`),
        ...violationUnless(left <= leftMax, `${left} descriptors were left`),
      ],
    };
  } finally {
    await stage.close();
  }
}
