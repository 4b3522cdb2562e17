// Clients that leave and come back anywhere in their history, while it grows.
import { setTimeout as delay } from 'node:timers/promises';
import { Stage } from '../chaos-stage.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

type Size = { clients: number; rounds: number };

export const jumps = makeFault<Size>({
  whole: { clients: 50, rounds: 20 },
  quick: { clients: 20, rounds: 5 },
  title: ({ clients, rounds }) => `${(clients * rounds).toLocaleString('en')} reconnects at random positions`,
  reach: () => '0 gaps, 0 repeats',
  run: runJumps,
});

async function runJumps({ clients, rounds }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    crowd.startLoad(4, random);
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      await delay(random.between(200, 800));
      for (const client of crowd.clients) client.jump();
      await waitUntil(() => crowd.clients.every((client) => client.isCaughtUp), 30_000);
    }
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    const { reconnects, unrecovered, acknowledged } = crowd.tally;
    return {
      measured: `${reconnects} reconnects, ${unrecovered} of them not recovered, ${acknowledged} commands acknowledged`,
      violations: [
        ...violations,
        ...violationUnless(reconnects >= clients * rounds, `only ${reconnects} reconnects`),
        ...violationUnless(unrecovered === 0, `${unrecovered} positions were not trusted`),
      ],
    };
  } finally {
    await stage.close();
  }
}
