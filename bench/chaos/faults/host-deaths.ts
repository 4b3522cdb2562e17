// Hosts die under their sessions: those of other hosts notice nothing, their own are activated again.
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import type { ChaosClient } from '../client.ts';
import { Crowd } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, unless } from '../fault.ts';
import { judge } from '../verdict.ts';

/** A session is activated again three times in a minute at the most, so each crowd sees no more deaths than that. */
const deathsOfCrowd = 3;
const clients = 10;
/** Sessions are given to the host with the fewest, and host 0 is the first. */
const dying = 0;
const againWithinMs = 60_000;

export const hostDeaths: Fault = {
  title: '100 host deaths',
  reach: 'sessions on other hosts: 0 errors; its own: all activated again',
  run,
};

/** What one crowd found. */
type Round = { deaths: number; unharmed: number; troubled: number; longestMs: number; violations: string[] };

async function run(options: FaultOptions): Promise<Finding> {
  const rounds = options.isQuick ? 2 : 34;
  const database = await createTestDatabase();
  const engine = await startTestEngine({ environment: { HOST_THREADS: '2' }, databaseUrl: database.url });
  try {
    const found: Round[] = [];
    for (let round = 1; round <= rounds; round++) {
      options.progress(`crowd ${round} of ${rounds}`);
      found.push(await runRound(engine, round, options));
    }
    const sum = (of: (round: Round) => number) => found.reduce((total, round) => total + of(round), 0);
    const longestMs = Math.max(...found.map((round) => round.longestMs));
    return {
      measured: `${sum((round) => round.deaths)} deaths; ${sum((round) => round.unharmed)} sessions on the other host, ${sum((round) => round.troubled)} of them with errors; its own again after ${(longestMs / 1_000).toFixed(1)} s at the most`,
      violations: found.flatMap(({ violations }) => violations),
    };
  } finally {
    await engine.close();
    await database.drop();
  }
}

async function runRound(engine: TestEngine, round: number, { random }: FaultOptions): Promise<Round> {
  const crowd = await Crowd.start({ url: engine.ws, clients, random, name: `round-${round}` });
  crowd.load(5, random);
  let deaths = 0;
  let longestMs = 0;
  for (; deaths < deathsOfCrowd; deaths++) {
    await delay(random.between(300, 700));
    engine.supervisor.endHost(dying);
    const diedAtMs = performance.now();
    await crowd.allAcknowledgedSince(diedAtMs, againWithinMs);
    longestMs = Math.max(longestMs, performance.now() - diedAtMs);
  }
  const violations = await judge(crowd, engine.databaseUrl);
  const unharmed = crowd.clients.filter(hasOneOwner);
  const troubled = unharmed.filter(({ troubles }) => troubles > 0);
  return {
    deaths,
    unharmed: unharmed.length,
    troubled: troubled.length,
    longestMs,
    violations: [
      ...violations,
      ...unless(longestMs < againWithinMs, `a session was not back ${againWithinMs} ms after its host died`),
      ...unless(unharmed.length > 0, 'no session was on another host, so nothing was shown'),
      ...troubled.map(({ sessionId }) => `session ${sessionId} on the other host heard of the death`),
    ],
  };
}

/** Whose session has stayed where it was: another activation would have raised its epoch. */
const hasOneOwner = ({ history }: ChaosClient): boolean =>
  new Set(history.connections.flatMap(({ events }) => events.map(({ epoch }) => epoch))).size === 1;
