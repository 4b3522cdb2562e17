// How many events a second come through with few clients and with many, on one host thread and on two.
import type { EventsAnswers } from '../../load/events.ts';
import { Child } from '../../processes/child.ts';
import type { Options, Result } from '../../scenario.ts';
import { growthOf } from '../growth.ts';

/** In all, so that each size takes about as long; few clients don't emit for ever, and many emit more than their beginning. */
const eventsInAll = 20_000;
const eventsPerClient = { least: 20, most: 2_000 };

export async function eventGrowth(options: Options): Promise<Result> {
  const generator = new Child<EventsAnswers>('load/events.ts');
  const problems: string[] = [];
  const growth = await growthOf(
    {
      name: 'events, stored and delivered',
      unit: 'events/s',
      measure: async ({ address }, clients) => {
        const { least, most } = eventsPerClient;
        const events = Math.min(most, Math.max(least, Math.round(eventsInAll / clients)));
        const result = await generator.ask('run', { target: address, clients, task: `Emit ${events} events` });
        problems.push(...result.problems.slice(0, 1).map((problem) => `${clients} clients: a session ${problem}.`));
        return (result.events / result.elapsedMs) * 1_000;
      },
    },
    options,
  );
  await generator.end();
  return { rows: [], figures: {}, growth: [growth], notes: [], warnings: [], problems };
}
