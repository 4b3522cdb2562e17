// The interface of a cluster's fault, and its rounds: clients at every engine, something breaks, and all is compared.
import { setTimeout as delay } from 'node:timers/promises';
import { type Spread, spreadOf } from '../../statistics.ts';
import { Crowd, waitUntil } from '../crowd.ts';
import { type Fault, type FaultOptions, type Finding, makeFault, violationUnless } from '../fault.ts';
import { judgeCrowd } from '../judge-crowd.ts';
import type { Random } from '../random.ts';
import { ClusterStage, type EngineSettings, enginesOfStage, nameOfEngine } from './cluster-stage.ts';
import { findLongestOf } from './control.ts';
import { readOwners } from './owners-of-sessions.ts';
import { findLonger, findLongestWait, noPauses, type Pauses, type Standing } from './pauses.ts';

export type Broken = {
  stage: ClusterStage;
  crowd: Crowd;
  random: Random;
  /** The number of the engine that is broken. */
  hit: number;
};

type Place = { owner: number; client: number; hit: number };

export type ClusterFault = {
  title: string;
  /**
   * What must hold beside what the checker finds. `awayMs`: how much longer commands of clients and sessions at what was broken wait
   * than those at an engine alone; `elsewhereMs`: the others.
   */
  reach: { awayMs: number; elsewhereMs?: number };
  /** The settings of each engine; those of an ordinary one by default. */
  settings?(engine: number): EngineSettings | Promise<EngineSettings>;
  /** The engines of which one is broken; all by default. */
  hits?: readonly number[];
  /** Clients that share each session, each at an engine of its own. */
  sharers?: number;
  /** To be called before each round. */
  prepare?(stage: ClusterStage): Promise<void>;
  /** Breaks something, and resolves once it is whole again, or as whole as it will be. */
  act(broken: Broken): Promise<void>;
  /** By default what is at the broken engine is hit. */
  standingOf?(place: Place): Standing;
};

type Size = { rounds: number };

const clientsOfRound = 18;
const perSecond = 5;
const quietForMs = 4_000;
/** Longer than any fault lasts, with what comes back by itself. */
const backWithinMs = 60_000;
const elsewhereReachMs = 250;

/**
 * The machine is shared with all that runs on it. `quietMs` is the longest wait before anything was broken, `controlMs` that at an
 * engine alone meanwhile: neither is the cluster's doing.
 */
type Round = { acknowledged: number; pauses: Pauses; quietMs: number; controlMs: number; violations: string[] };

export function makeClusterFault(fault: ClusterFault): Fault {
  const { awayMs, elsewhereMs = elsewhereReachMs } = fault.reach;
  return makeFault<Size>({
    whole: { rounds: 20 },
    quick: { rounds: 2 },
    title: () => fault.title,
    reach: () =>
      `0 lost, 0 doubled, 0 gaps, 0 stuck; what is hit waits ≤ ${formatMs(awayMs)}, all else ≤ ${formatMs(elsewhereMs)} longer than before it and at an engine alone`,
    run: (size, options) => runRounds(fault, { rounds: options.rounds ?? size.rounds }, options),
  });
}

async function runRounds(fault: ClusterFault, { rounds }: Size, { random, progress }: FaultOptions): Promise<Finding> {
  const settings = await Promise.all(
    Array.from({ length: enginesOfStage }, (_, engine) => fault.settings?.(engine) ?? {}),
  );
  const stage = await ClusterStage.open((engine) => settings[engine] ?? {});
  const finished: Round[] = [];
  try {
    for (let number = 1; number <= rounds; number++) {
      const round = await runRound(fault, stage, { number, random: random.fork(`round ${number}`) });
      finished.push(round);
      progress(
        `round ${number} of ${rounds}: ${describePauses([round])}${round.violations.map((each) => `\n  ${each}`).join('')}`,
      );
      if (round.violations.length > 0) progress(`its engines' logs are in ${await stage.keepLogs()}`);
    }
  } finally {
    await stage.close();
  }
  const acknowledged = finished.reduce((sum, round) => sum + round.acknowledged, 0);
  return {
    measured: `${rounds} rounds in ${stage.network.name}, ${acknowledged} commands acknowledged; ${describePauses(finished)}`,
    violations: [
      ...finished.flatMap((round, at) => round.violations.map((each) => `round ${at + 1}: ${each}`)),
      ...judgePauses(fault, finished),
    ],
  };
}

async function runRound(
  fault: ClusterFault,
  stage: ClusterStage,
  { number, random }: { number: number; random: Random },
): Promise<Round> {
  await stage.mend();
  await fault.prepare?.(stage);
  const crowd = await startCrowd(stage, { number, random, sharers: fault.sharers ?? 1 });
  const control = await stage.control.startCrowd(`alone${number}`, random.fork('control'));
  for (const each of [crowd, control]) each.startLoad(perSecond, random);
  await delay(quietForMs);
  const hits = fault.hits ?? [0, 1, 2];
  const hit = hits[random.between(0, hits.length - 1)] ?? 0;
  const standings = await findStandings(fault, { stage, crowd, hit });
  await delay(random.between(0, 500));
  const atMs = performance.now();
  const quietMs = findLongestOf(crowd, atMs - quietForMs, atMs);
  await fault.act({ stage, crowd, random, hit });
  const wholeAtMs = performance.now();
  const isBack = await crowd.waitForAllAcknowledgements(wholeAtMs, backWithinMs);
  for (const each of [crowd, control]) {
    each.stopLoad();
    await each.waitUntilAnswered(backWithinMs);
  }
  const endMs = performance.now();
  const pauses = noPauses();
  for (const [at, client] of crowd.clients.entries())
    pauses[standings[at] ?? 'elsewhere'].push(findLongestWait(client.waits, atMs, endMs));
  const machine = { quietMs, controlMs: findLongestOf(control, atMs, endMs) };
  await control.leave();
  return {
    acknowledged: crowd.tally.acknowledged,
    pauses,
    ...machine,
    violations: [
      ...violationUnless(isBack, 'not every client was acknowledged anything again'),
      ...(await judgeCrowd(crowd, stage.databaseUrl)),
    ],
  };
}

/** Sessions are begun at every engine, and then each third of them has its client at the owner, the next, and the last one. */
async function startCrowd(
  stage: ClusterStage,
  { number, random, sharers }: { number: number; random: Random; sharers: number },
): Promise<Crowd> {
  const [url = '', ...others] = stage.wsUrls;
  const client = { keepsWaits: true };
  const crowd = await Crowd.start({
    url,
    others,
    clients: clientsOfRound,
    sharers,
    random,
    client,
    name: `r${number}`,
  });
  if (sharers === 1)
    for (const [at, each] of crowd.clients.entries()) {
      const offset = Math.floor(at / enginesOfStage) % enginesOfStage;
      if (offset > 0) each.moveTo((at + offset) % enginesOfStage);
    }
  await waitUntil(() => crowd.clients.every(({ isCaughtUp }) => isCaughtUp), backWithinMs);
  return crowd;
}

async function findStandings(
  { standingOf = standingBeside }: ClusterFault,
  { stage, crowd, hit }: { stage: ClusterStage; crowd: Crowd; hit: number },
): Promise<Standing[]> {
  const owners = await readOwners(
    stage.databaseUrl,
    crowd.clients.map(({ sessionId }) => sessionId),
  );
  return crowd.clients.map((client) => {
    const name = owners.get(client.sessionId);
    const owner = stage.seats.findIndex(
      ({ settings }, engine) => (settings.environment?.NODE_NAME ?? nameOfEngine(engine)) === name,
    );
    return standingOf({ owner, client: client.engine, hit });
  });
}

function standingBeside({ owner, client, hit }: Place): Standing {
  if (owner === hit) return 'hit';
  return client === hit ? 'clients' : 'elsewhere';
}

/** What waited longer than it may, of all rounds. */
function judgePauses({ reach }: ClusterFault, rounds: readonly Round[]): string[] {
  const { awayMs, elsewhereMs = elsewhereReachMs } = reach;
  const machine = rounds.map(({ quietMs, controlMs }) => Math.max(quietMs, controlMs));
  const longest = (...standings: Standing[]) =>
    rounds.map(({ pauses }) => Math.max(0, ...standings.flatMap((standing) => pauses[standing])));
  const judge = (what: string, pausesMs: readonly number[], moreMs: number) => {
    const longer = findLonger(pausesMs, machine, moreMs);
    if (!longer) return [];
    const { rank, pauseMs, machineMs } = longer;
    return [
      `${what} waited ${formatMs(pauseMs)}, the ${rank}. longest of ${rounds.length} rounds; the machine's own was ${formatMs(machineMs)}`,
    ];
  };
  return [
    ...judge('what was hit', longest('hit', 'clients'), awayMs),
    ...judge('a session elsewhere', longest('elsewhere'), elsewhereMs),
  ];
}

function describePauses(rounds: readonly Round[]): string {
  const all = (standing: Standing) => rounds.flatMap(({ pauses }) => pauses[standing]);
  const parts = [
    ['hit', all('hit')],
    ['only their clients hit', all('clients')],
    ['elsewhere', all('elsewhere')],
    ['before it', rounds.map(({ quietMs }) => quietMs)],
    ['at an engine alone', rounds.map(({ controlMs }) => controlMs)],
  ] as const;
  const shown = parts
    .filter(([, waits]) => waits.length > 0)
    .map(([name, waits]) => `${name} ${formatSpread(spreadOf(waits))}`);
  return `longest wait, p50 and most: ${shown.join(', ')}`;
}

const formatSpread = ({ median, max }: Spread) => `${formatMs(median)}/${formatMs(max)}`;
const formatMs = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
