// Agents harm their hosts, each in its way: sessions of other hosts notice nothing, and those of harmed ones are activated again.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import { allowHarms, type Harm, harmfulThread } from '../../../engine/testing/harmful-thread.ts';
import type { ChaosClient } from '../chaos-client.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';

/** Host 0 dies of the first, host 1 of the second, all at the same time; the last host is spared. */
const harms: readonly Harm[] = ['throw', 'exit', 'loop', 'regex'];
const spared = harms.length;
const hosts = harms.length + 1;
const clientsOfHost = 3;
const perSecond = 5;
/** A session is activated again at most three times a minute, so each crowd sees no more deaths than that. */
const wavesOfCrowdMax = 3;
const knownWithinMs = 20_000;
/** A host that loops or is blocked is ended after five seconds of silence. */
const deadWithinMs = 60_000;
const againWithinMs = 60_000;

const environment = {
  HOST_THREADS: String(hosts),
  MOCK_STEP_DELAY_MS: '30', // Turns take long enough to be cut, and for sessions to be seen at work.
  RECONNECT_GRACE: '3600', // Sessions stay on their hosts, so that new ones are spread evenly.
};

type Size = { waves: number };

export const hostDeaths = makeFault<Size>({
  whole: { waves: 25 },
  quick: { waves: 1 },
  title: ({ waves }) => `${waves * harms.length} host deaths (${harms.join(', ')})`,
  reach: () => 'sessions on other hosts: 0 errors; its own: all activated again',
  run: runHostDeaths,
});

/** The finding of one crowd. */
type Round = { spared: number; troubled: number; harmed: number; longestMs: number; violations: string[] };

async function runHostDeaths({ waves }: Size, options: FaultOptions): Promise<Finding> {
  const database = await createTestDatabase();
  const engine = await startTestEngine({
    environment,
    options: { hostThread: harmfulThread },
    databaseUrl: database.url,
  });
  try {
    const rounds: Round[] = [];
    for (let done = 0; done < waves; done += wavesOfCrowdMax) {
      options.progress(`${done * harms.length} of ${waves * harms.length} deaths`);
      rounds.push(await runCrowd(engine, `crowd-${done}`, Math.min(wavesOfCrowdMax, waves - done), options));
    }
    return findingOf(rounds, waves, engine.supervisor.hostDeaths);
  } finally {
    await engine.close();
    await database.drop();
  }
}

function findingOf(rounds: readonly Round[], waves: number, deaths: number): Finding {
  const sum = (countIn: (round: Round) => number) => rounds.reduce((total, round) => total + countIn(round), 0);
  const longestMs = Math.max(...rounds.map((round) => round.longestMs));
  return {
    measured: `${deaths} deaths, ${waves} of each kind; ${sum((round) => round.spared)} sessions on the other host, ${sum((round) => round.troubled)} of them with errors; ${sum((round) => round.harmed)} on those that died, all at work again ${(longestMs / 1_000).toFixed(1)} s after the harm at the most`,
    violations: [
      ...rounds.flatMap(({ violations }) => violations),
      ...violationUnless(deaths === waves * harms.length, `${deaths} hosts died instead of ${waves * harms.length}`),
    ],
  };
}

/** One client of each host that is to die asks for the harm and is silent otherwise; the others send commands. */
async function runCrowd(engine: TestEngine, name: string, waves: number, { random }: FaultOptions): Promise<Round> {
  const crowd = await Crowd.start({ url: engine.ws, clients: hosts * clientsOfHost, random, name });
  crowd.startLoad(perSecond, random);
  const byHost = await groupClientsByHost(engine, crowd);
  crowd.stopLoad();
  const [unharmed = [], harmed] = [byHost[spared], byHost.slice(0, spared).flat()];
  const harmful = byHost.slice(0, spared).flatMap(([first]) => first ?? []);
  const others = crowd.clients.filter((client) => !harmful.includes(client)); // A later command would be read in place of the harm.
  crowd.startLoad(perSecond, random, others);
  const tookMs: number[] = [];
  for (let wave = 1; wave <= waves; wave++) tookMs.push(await harmAll(engine, crowd, harmful));
  const longestMs = Math.max(...tookMs);
  const violations = await judgeCrowd(crowd, engine.databaseUrl);
  const troubled = unharmed.filter((client) => client.troubles > 0 || countEpochs(client) > 1);
  const left = harmed.filter((client) => countEpochs(client) <= waves);
  return {
    spared: unharmed.length,
    troubled: troubled.length,
    harmed: harmed.length,
    longestMs,
    violations: [
      ...violations,
      ...violationUnless(
        longestMs < againWithinMs,
        `a session was not back ${againWithinMs} ms after its host was harmed`,
      ),
      ...violationUnless(harmful.length === harms.length, 'a host had no session to harm it'),
      ...violationUnless(unharmed.length > 0, 'no session was on another host, so nothing was shown'),
      ...troubled.map(({ sessionId }) => `session ${sessionId} on the other host heard of a death`),
      ...left.map(({ sessionId }) => `session ${sessionId} was not activated again after each death`),
    ],
  };
}

/** A host names its sessions that are at work, so each client is found during a turn. */
async function groupClientsByHost({ supervisor }: TestEngine, { clients }: Crowd): Promise<ChaosClient[][]> {
  const hostOf = new Map<ChaosClient, number>();
  await waitUntil(() => {
    for (let host = 0; host < hosts; host++) {
      const working = supervisor.getWorking(host);
      for (const client of clients) if (working.has(client.sessionId)) hostOf.set(client, host);
    }
    return hostOf.size === clients.length;
  }, knownWithinMs);
  return Array.from({ length: hosts }, (_, host) => clients.filter((client) => hostOf.get(client) === host));
}

/** @returns how long it took from the harm until every client was acknowledged a command after the last death */
async function harmAll({ supervisor }: TestEngine, crowd: Crowd, harmful: readonly ChaosClient[]): Promise<number> {
  const deathsDue = supervisor.hostDeaths + harmful.length;
  const harmedAtMs = performance.now();
  allowHarms(harmful.length);
  for (const [host, client] of harmful.entries()) client.sendCommand({ first: `harm: ${harms[host]} ` });
  await waitUntil(() => supervisor.hostDeaths >= deathsDue, deadWithinMs);
  const diedAtMs = performance.now();
  for (const client of harmful) client.sendCommand();
  await crowd.waitForAllAcknowledgements(diedAtMs, againWithinMs);
  return performance.now() - harmedAtMs;
}

/** Each activation of a session raises its epoch. */
const countEpochs = ({ history }: ChaosClient): number =>
  new Set(history.connections.flatMap(({ events }) => events.map(({ epoch }) => epoch))).size;
