// How many events a second come through with few clients and with many, on one host thread and on two.
import type { EventsAnswers } from '../../generators/event-load.ts';
import { Child } from '../../processes/child.ts';
import type { ScenarioOptions, ScenarioResult } from '../../scenario.ts';
import { growthResultOf, measureGrowth } from '../measure-growth.ts';

/** All events at once are less than a host's uncommitted writes may be: beyond, it refuses the last sessions. */
const eventsInAll = 10_000;
const eventsPerClient = { least: 3, most: 2_000 };
const durationMs = 500;

export async function measureEventGrowth(options: ScenarioOptions): Promise<ScenarioResult> {
  const generator = new Child<EventsAnswers>('generators/event-load.ts');
  const problems: string[] = [];
  const growth = await measureGrowth(
    {
      name: 'events, stored and delivered',
      unit: 'events/s',
      measure: async ({ address }, clients) => {
        const { least, most } = eventsPerClient;
        const events = Math.min(most, Math.max(least, Math.round(eventsInAll / clients)));
        const result = await generator.ask('run', {
          target: address,
          clients,
          task: `Emit ${events} events`,
          durationMs,
        });
        problems.push(...result.problems.slice(0, 1).map((problem) => `${clients} clients: a session ${problem}.`));
        return (result.events / result.elapsedMs) * 1_000;
      },
    },
    options,
  );
  await generator.end();
  return growthResultOf(growth, problems);
}
