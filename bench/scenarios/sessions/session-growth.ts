// How many whole sessions a second the engine does with few clients and with many, on one host thread and on two.
import { RowCounter } from '../../database.ts';
import type { ScenarioOptions, ScenarioResult } from '../../scenario.ts';
import { growthResultOf, measureGrowth } from '../measure-growth.ts';
import { findProblems, measureSessions, startGenerators } from './measure-sessions.ts';

/** Each client runs at least one session. */
const durationMs = 1_000;

export async function measureSessionGrowth(options: ScenarioOptions): Promise<ScenarioResult> {
  const generators = startGenerators();
  const problems: string[] = [];
  const growth = await measureGrowth(
    {
      name: 'whole mock sessions, stored',
      unit: 'sessions/s',
      measure: async ({ address, process }, clients) => {
        const rows = await RowCounter.open(address.databaseUrl);
        const server = { target: address, rows, usage: () => process.ask('usage') };
        const measured = await measureSessions(server, generators, { clients, durationMs });
        await rows.close();
        problems.push(...findProblems(`${clients} clients`, measured));
        return (measured.sessions / measured.elapsedMs) * 1_000;
      },
    },
    options,
  );
  await Promise.all(generators.map((generator) => generator.end()));
  return growthResultOf(growth, problems);
}
