// Idle sessions with their sockets open, live and passivated (HIBERNATE_AFTER), beside as many sockets without sessions.
import { setTimeout as sleep } from 'node:timers/promises';
import { RowCounter } from '../database.ts';
import type { IdleAnswers } from '../generators/idle-session-load.ts';
import type { IdleSocketsAnswers } from '../generators/idle-socket-load.ts';
import { filesBesideSockets, readOpenFilesMax } from '../machine.ts';
import { Child } from '../processes/child.ts';
import type { Usage } from '../processes/parent.ts';
import {
  type Figures,
  measureInTurns,
  type Row,
  rowOf,
  Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../scenario.ts';
import type { EngineAddress } from '../server/engine.ts';
import { readGauge } from '../server/read-gauge.ts';
import { startEngine } from '../server/start-engine.ts';
import type { SocketStandInAnswers } from '../stand-ins/sockets/serve-stand-in.ts';

const sessionVariants = ['live', 'hibernated'] as const;
type SessionVariant = (typeof sessionVariants)[number];
/** Sockets without sessions. */
const standIns = ['uws', 'ws', 'socket-io'] as const;
type StandIn = (typeof standIns)[number];
type Variant = SessionVariant | StandIn;

const sessionsMax = 10_000;
const sessionsQuick = 500;
const warmUpSessions = 200;
const concurrency = 64;
const overSocketKbMax = { live: 12, hibernated: 3 };
const cpuPercentMax = 2;
const hibernateAfterSeconds = { live: '86400', hibernated: '1' };
const goneWithinMs = 60_000;
const goneCheckMs = 100;

const perSession = 'memory, KB each';
const uncollected = 'memory with what waits to be collected, KB each';
const cpu = 'CPU at rest, % of a core';

type MeasuredProcess = { usage(): Promise<Usage>; collectGarbage(): Promise<unknown> };
type IdleSettings = { checkout: string; count: number; settleMs: number; restMs: number; problems: string[] };

export async function idle(options: ScenarioOptions): Promise<ScenarioResult> {
  const load = loadOf(options);
  const filesMax = readOpenFilesMax();
  if (filesMax < load.count + filesBesideSockets)
    throw new Error(`${load.count} sockets need more than the ${filesMax} open files allowed here; see ulimit -n.`);
  const variants: readonly Variant[] = [...sessionVariants, ...standIns];
  const measure = (variant: Variant) =>
    isStandIn(variant) ? measureStandIn(variant, load) : measureSessions(variant, load);
  const samples = options.isQuick
    ? await measureAtOnce(variants, measure)
    : await measureInTurns(variants, options, measure);
  return {
    rows: sessionVariants.flatMap((variant) => rowsOf(samples, variant, load.count)),
    figures: samples.makeTable(),
    notes: [
      `${load.count.toLocaleString('en')} sockets each, in a fresh process each time, warmed up with ${warmUpSessions} that are gone before anything is read.`,
      'RSS is read after the garbage of all threads is collected, so that what is held is measured and not what waits; the figures have both.',
      'Hibernated: HIBERNATE_AFTER is 1 s, and most actors go before the last session has come. Live: 86400 s.',
      `CPU at rest is that of all threads of the process over ${load.restMs / 1_000} s.`,
    ],
    warnings: [],
    problems: load.problems,
  };
}

const loadOf = ({ isQuick, checkout }: ScenarioOptions): IdleSettings =>
  isQuick
    ? { checkout, count: sessionsQuick, settleMs: 200, restMs: 1_000, problems: [] }
    : { checkout, count: sessionsMax, settleMs: 2_000, restMs: 5_000, problems: [] };

/** All variants are measured together in a round, since they share processors but no memory. */
async function measureAtOnce(variants: readonly Variant[], measure: (variant: Variant) => Promise<Figures>) {
  const samples = new Samples<Variant>();
  await Promise.all(variants.map(async (variant) => samples.add(variant, await measure(variant))));
  return samples;
}

const isStandIn = (variant: Variant): variant is StandIn => (standIns as readonly string[]).includes(variant);

function rowsOf(samples: Samples<Variant>, variant: SessionVariant, count: number): Row[] {
  const name = `${count.toLocaleString('en')} ${variant} sessions`;
  const bare = samples.get('uws', perSession);
  const overSocket = samples.get(variant, perSession).map((kb, round) => kb - (bare[round] as number));
  const alternatives = (['ws', 'socket-io'] as const).map((standIn) =>
    rowOf(samples.get(variant, perSession), samples.get(standIn, perSession), {
      name,
      unit: 'KB each',
      referenceName: standIn,
      referenceKind: 'alternative',
    }),
  );
  return [
    rowOf(overSocket, bare, {
      name: `${name}, over the bare socket`,
      unit: 'KB each',
      referenceName: 'uws',
      referenceKind: 'ceiling',
      reach: { of: 'ours', bound: 'at most', value: overSocketKbMax[variant] },
    }),
    ...alternatives,
    rowOf(samples.get(variant, cpu), samples.get('uws', cpu), {
      name: `CPU of ${name} at rest`,
      unit: '% of a core',
      referenceName: 'uws',
      referenceKind: 'ceiling',
      reach: { of: 'ours', bound: 'at most', value: cpuPercentMax },
    }),
  ];
}

async function measureStandIn(kind: StandIn, load: IdleSettings): Promise<Figures> {
  const generator = new Child<IdleSocketsAnswers>('generators/idle-socket-load.ts');
  const standIn = new Child<SocketStandInAnswers>(`stand-ins/sockets/${kind}.ts`);
  const port = await standIn.ask('start');
  const measured = { usage: () => standIn.ask('usage'), collectGarbage: () => standIn.ask('collectGarbage') };
  await generator.ask('open', { kind, port, sockets: warmUpSessions, concurrency });
  await generator.ask('closeAll');
  const figures = await measureMemory(measured, load, () =>
    generator.ask('open', { kind, port, sockets: load.count, concurrency }),
  );
  const open = await standIn.ask('count');
  if (open !== load.count) load.problems.push(`${kind}: ${open} sockets are open, not ${load.count}.`);
  await Promise.all([generator.end(), standIn.end()]);
  return figures;
}

async function measureSessions(variant: SessionVariant, load: IdleSettings): Promise<Figures> {
  const generator = new Child<IdleAnswers>('generators/idle-session-load.ts');
  const environment = { HIBERNATE_AFTER: hibernateAfterSeconds[variant] };
  const { process: engine, address } = await startEngine(load.checkout, { dropsRows: false, environment });
  const warmUp = await generator.ask('open', { target: address, sessions: warmUpSessions, concurrency });
  await generator.ask('stopAll');
  await waitUntilPassivated(address.port);

  const measured = { usage: () => engine.ask('usage'), collectGarbage: () => engine.ask('collectGarbage') };
  let events = warmUp.events;
  const figures = await measureMemory(measured, load, async () => {
    const opened = await generator.ask('open', { target: address, sessions: load.count, concurrency });
    load.problems.push(...opened.problems.map((problem) => `${variant}: a session ${problem}.`));
    events += opened.events;
    if (variant === 'hibernated') await waitUntilPassivated(address.port);
  });
  load.problems.push(...(await findDifferences(variant, { address, generator, events, count: load.count })));
  await generator.end();
  await engine.end();
  return figures;
}

async function measureMemory(
  process: MeasuredProcess,
  load: IdleSettings,
  open: () => Promise<unknown>,
): Promise<Figures> {
  await sleep(load.settleMs);
  await process.collectGarbage();
  const rest = await process.usage();
  await open();
  await sleep(load.settleMs);
  const { rssBytes: uncollectedBytes } = await process.usage();
  await process.collectGarbage();
  const before = await process.usage();
  await sleep(load.restMs);
  const after = await process.usage();
  const kbEach = (bytes: number) => (bytes - rest.rssBytes) / load.count / 1_024;
  return {
    'RSS before, MB': rest.rssBytes / 2 ** 20,
    [perSession]: kbEach(before.rssBytes),
    [uncollected]: kbEach(uncollectedBytes),
    [cpu]: ((after.cpuMs - before.cpuMs) / load.restMs) * 100,
  };
}

/** Waits until no actor is in memory. */
async function waitUntilPassivated(port: number): Promise<void> {
  const deadlineMs = performance.now() + goneWithinMs;
  while ((await readGauge(port, 'lucid_sessions')) > 0 && performance.now() < deadlineMs) await sleep(goneCheckMs);
}

type Opened = { address: EngineAddress; generator: Child<IdleAnswers>; events: number; count: number };

/** @returns what makes the figure invalid */
async function findDifferences(variant: SessionVariant, opened: Opened): Promise<string[]> {
  const { address, generator, events, count } = opened;
  const rows = await RowCounter.open(address.databaseUrl);
  const stored = await rows.count();
  await rows.close();
  const checks: [what: string, is: number, shouldBe: number][] = [
    ['sockets are open at the clients', await generator.ask('openSockets'), count],
    ['sockets are open at the engine', await readGauge(address.port, 'lucid_sockets'), count],
    ['actors are in memory', await readGauge(address.port, 'lucid_sessions'), variant === 'live' ? count : 0],
    ['sessions are stored', stored.sessions, count + warmUpSessions],
    ['events are stored', stored.events, events + warmUpSessions * eventsOfStop],
  ];
  return checks.flatMap(([what, is, shouldBe]) =>
    is === shouldBe ? [] : [`${variant}: ${is} ${what}, not ${shouldBe}.`],
  );
}

/** The events are `Stop`, and the statuses `stopping` and `stopped`. */
const eventsOfStop = 3;
