// Clients that leave and come back anywhere in their history, while it grows.
import { setTimeout as delay } from 'node:timers/promises';
import { Crowd, eventually } from '../crowd.ts';
import { type FaultOptions, type Finding, faultOf, unless } from '../fault.ts';
import { Stage } from '../stage.ts';
import { judge } from '../verdict.ts';

type Size = { clients: number; rounds: number };

export const jumps = faultOf<Size>({
  whole: { clients: 50, rounds: 20 },
  quick: { clients: 20, rounds: 5 },
  title: ({ clients, rounds }) => `${(clients * rounds).toLocaleString('en')} reconnects at random positions`,
  reach: () => '0 gaps, 0 repeats',
  run,
});

async function run({ clients, rounds }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients, random });
    crowd.load(4, random);
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`);
      await delay(random.between(200, 800));
      for (const client of crowd.clients) client.jump();
      await eventually(() => crowd.clients.every((client) => client.isCaughtUp), 30_000);
    }
    const violations = await judge(crowd, stage.databaseUrl);
    const { reconnects, unrecovered, acknowledged } = crowd.tally;
    return {
      measured: `${reconnects} reconnects, ${unrecovered} of them not recovered, ${acknowledged} commands acknowledged`,
      violations: [
        ...violations,
        ...unless(reconnects >= clients * rounds, `only ${reconnects} reconnects`),
        ...unless(unrecovered === 0, `${unrecovered} positions were not trusted`),
      ],
    };
  } finally {
    await stage.close();
  }
}
