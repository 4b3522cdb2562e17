// PostgreSQL ends the engine's connections, again and again, under load.
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import { Stage } from '../chaos-stage.ts';
import { Crowd } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';
import { Rows } from '../stored-rows.ts';

const withinMs = 180_000;

type Size = { times: number };

export const terminations = makeFault<Size>({
  whole: { times: 100 },
  quick: { times: 10 },
  title: ({ times }) => `${times} × \`pg_terminate_backend\``,
  reach: () => '0 crashes, 0 lost',
  run: runTerminations,
});

async function runTerminations({ times }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const stage = await Stage.open();
  const rows = await Rows.open(stage.databaseUrl);
  try {
    const crowd = await Crowd.start({ url: stage.ws, clients: 20, random });
    crowd.startLoad(5, random);
    const ended = await terminateOften(rows, times, { random, progress });
    const violations = await judgeCrowd(crowd, stage.databaseUrl);
    const { acknowledged, closes } = crowd.tally;
    return {
      measured: `${ended} connections ended, ${acknowledged} commands acknowledged, ${countCloses(closes)} sockets closed`,
      violations: [
        ...violations,
        ...violationUnless(ended >= times, `only ${ended} connections could be ended`),
        ...violationUnless(stage.isRunning, 'the engine ended'),
      ],
    };
  } finally {
    await rows.close();
    await stage.close();
  }
}

/** @returns how many connections were ended; the engine has none for a moment after each */
async function terminateOften(
  rows: Rows,
  times: number,
  { random, progress }: Pick<FaultOptions, 'random' | 'progress'>,
) {
  const deadlineMs = performance.now() + withinMs;
  let ended = 0;
  while (ended < times && performance.now() < deadlineMs) {
    await delay(random.between(50, 250));
    ended += await terminateAll(rows);
    progress(`${ended} of ${times}`);
  }
  return ended;
}

/** This connection to the database stays. */
async function terminateAll({ pool }: Rows): Promise<number> {
  const { rowCount } = await pool.query(sql.unsafe`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`);
  return rowCount;
}

const countCloses = (closes: ReadonlyMap<number, number>) =>
  [...closes].filter(([code]) => code !== 1000).reduce((sum, [, n]) => sum + n, 0);
