// Whole mock sessions, everything stored, beside the same with a persistence actor that drops its rows.
import { setTimeout as sleep } from 'node:timers/promises';
import { RowCounter } from '../database.ts';
import { exhaustedWarnings, generatorCpu } from '../generator.ts';
import type { SessionsAnswers, SessionsResult } from '../load/sessions.ts';
import { cores, machineBusyMs } from '../machine.ts';
import { Child } from '../processes/child.ts';
import { type Figures, interleaved, type Options, type Result, rowOf } from '../scenario.ts';
import { readGauge } from '../server/metrics.ts';
import { type RunningEngine, startEngine } from '../server/start.ts';
import { percentile } from '../statistics.ts';

const variants = ['stored', 'dropped'] as const;
type Variant = (typeof variants)[number];

const ratioMin = 0.6;
/** So that one generator has at most a quarter of the machine to serve. */
const generatorCount = Math.max(1, Math.floor(cores / 4));
const problemsShownMax = 5;
const settledWithinMs = 30_000;
const settledCheckMs = 100;

type Running = { engine: RunningEngine; rows: RowCounter };

export async function sessions(options: Options): Promise<Result> {
  const generators = Array.from({ length: generatorCount }, () => new Child<SessionsAnswers>('load/sessions.ts'));
  const running = { stored: await start(false), dropped: await start(true) };
  const problems: string[] = [];
  const measure = async (variant: Variant, durationMs: number): Promise<Figures> => {
    const measured = await measureOnce(running[variant], generators, { ...options, durationMs });
    problems.push(...problemsOf(variant, measured));
    await settled(running[variant].engine.address.port);
    return figuresOf(measured);
  };
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant, options.warmUpMs);
  }
  const samples = await interleaved(variants, options, (variant) => measure(variant, options.durationMs));
  await end(generators, Object.values(running));

  const rate = (variant: Variant) => samples.of(variant, 'sessions/s');
  const row = rowOf(rate('stored'), rate('dropped'), {
    name: 'whole mock sessions, stored',
    unit: 'sessions/s',
    referenceName: 'rows dropped',
    referenceKind: 'ceiling',
    reach: { of: 'ratio', bound: 'at least', value: ratioMin },
  });
  return {
    rows: [row],
    figures: samples.table(),
    notes: notesOf(options),
    warnings: exhaustedWarnings(samples, variants),
    problems,
  };
}

const notesOf = ({ clients, durationMs }: Options) => [
  `${clients} clients (ws) in ${generatorCount} process(es); each round ${durationMs / 1_000} s and until the last session is closed. A JWT for each client, kept through the run.`,
  'Every session saw its sequences 1, 2, 3 … without a gap, and PostgreSQL holds as many rows as clients saw events.',
  'RECONNECT_GRACE is 1 s, or sessions that nobody returns to would fill the memory. Both engines run through; one works at a time.',
];

async function start(dropsRows: boolean): Promise<Running> {
  const engine = await startEngine({ dropsRows, environment: { RECONNECT_GRACE: '1' } });
  return { engine, rows: await RowCounter.open(engine.address.databaseUrl) };
}

async function end(generators: readonly Child<SessionsAnswers>[], running: readonly Running[]): Promise<void> {
  await Promise.all(running.map(({ rows }) => rows.close()));
  await Promise.all([...generators, ...running.map(({ engine }) => engine.process)].map((child) => child.end()));
}

type Measured = Omit<SessionsResult, 'cpuMs'> & {
  rowsStored: number;
  sessionsStored: number;
  engineCpuMs: number;
  engineRssBytes: number;
  machineBusyMs: number;
  /** Of the busiest generator. */
  generatorCpuMs: number;
};

async function measureOnce(
  { engine, rows }: Running,
  generators: readonly Child<SessionsAnswers>[],
  { clients, durationMs }: Pick<Options, 'clients' | 'durationMs'>,
): Promise<Measured> {
  const storedBefore = await rows.count();
  const usageBefore = await engine.process.ask('usage');
  const busyBeforeMs = machineBusyMs();
  const shares = generators.map((_, at) => Math.floor((clients + at) / generators.length));
  const results = await Promise.all(
    generators.map((generator, at) =>
      generator.ask('run', { target: engine.address, clients: shares[at] as number, durationMs }),
    ),
  );
  const busyMs = machineBusyMs() - busyBeforeMs;
  const usage = await engine.process.ask('usage');
  const stored = await rows.count();
  const all = merged(results);
  if (all.sessions === 0) throw new Error(`No session came to its end; one ${all.problems[0]}.`);
  return {
    ...all,
    rowsStored: stored.events - storedBefore.events,
    sessionsStored: stored.sessions - storedBefore.sessions,
    engineCpuMs: usage.cpuMs - usageBefore.cpuMs,
    engineRssBytes: usage.rssBytes,
    machineBusyMs: busyMs,
    generatorCpuMs: Math.max(...results.map((result) => result.cpuMs)),
  };
}

const merged = (results: readonly SessionsResult[]): Omit<SessionsResult, 'cpuMs'> => ({
  sessions: sum(results.map((result) => result.sessions)),
  events: sum(results.map((result) => result.events)),
  elapsedMs: Math.max(...results.map((result) => result.elapsedMs)),
  latenciesMs: results.flatMap((result) => result.latenciesMs),
  problems: results.flatMap((result) => result.problems),
});

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function figuresOf(measured: Measured): Figures {
  const { elapsedMs, latenciesMs } = measured;
  const perSecond = (count: number) => (count / elapsedMs) * 1_000;
  return {
    'sessions/s': perSecond(measured.sessions),
    'events/s': perSecond(measured.events),
    'rows/s, counted in PostgreSQL': perSecond(measured.rowsStored),
    'send to completed p50, ms': percentile(latenciesMs, 50),
    'send to completed p99, ms': percentile(latenciesMs, 99),
    'RSS of the engine, MB': measured.engineRssBytes / 2 ** 20,
    'CPU of the engine, cores': measured.engineCpuMs / elapsedMs,
    [generatorCpu]: measured.generatorCpuMs / elapsedMs,
    'CPU of the whole machine, cores': measured.machineBusyMs / elapsedMs,
  };
}

function problemsOf(variant: Variant, { problems, events, sessions: count, rowsStored, sessionsStored }: Measured) {
  const found = problems.slice(0, problemsShownMax).map((problem) => `${variant}: a session ${problem}.`);
  if (problems.length > problemsShownMax) found.push(`${variant}: ${problems.length} such problems in all.`);
  const expected = variant === 'stored' ? { events, count } : { events: 0, count: 0 };
  if (rowsStored !== expected.events || sessionsStored !== expected.count)
    found.push(
      `${variant}: clients saw ${events} events of ${count} sessions, PostgreSQL holds ${rowsStored} of ${sessionsStored}.`,
    );
  return found;
}

/** Waits until the engine has let go of the sessions that ended, so that it is at rest while the other one works. */
async function settled(port: number): Promise<void> {
  const deadlineMs = performance.now() + settledWithinMs;
  while ((await readGauge(port, 'lucid_sessions')) > 0) {
    if (performance.now() > deadlineMs) throw new Error(`Sessions were still in memory after ${settledWithinMs} ms.`);
    await sleep(settledCheckMs);
  }
}
