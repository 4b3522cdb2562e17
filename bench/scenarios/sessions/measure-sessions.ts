// One measurement of whole sessions: runs the load, and returns the figures and what makes them invalid.
import type { RowCounter } from '../../database.ts';
import { generatorCpu } from '../../generator-warnings.ts';
import type { Target } from '../../generators/session-client.ts';
import type { SessionsAnswers, SessionsResult } from '../../generators/session-load.ts';
import { cores, readMachineBusyMs } from '../../machine.ts';
import { Child } from '../../processes/child.ts';
import type { Usage } from '../../processes/parent.ts';
import type { Figures, ScenarioOptions } from '../../scenario.ts';
import { percentile, sum } from '../../statistics.ts';

/** What is under load. */
export type SessionServer = { target: Target; rows: RowCounter; usage(): Promise<Usage> };

export type Generators = readonly Child<SessionsAnswers>[];

/** So that one generator has at most a quarter of the machine to serve. */
export const generatorCount = Math.max(1, Math.floor(cores / 4));

export const startGenerators = (): Generators =>
  Array.from({ length: generatorCount }, () => new Child<SessionsAnswers>('generators/session-load.ts'));

export type MeasuredSessions = Omit<SessionsResult, 'cpuMs'> & {
  rowsStored: number;
  serverCpuMs: number;
  serverRssBytes: number;
  machineBusyMs: number;
  /** Of the busiest generator. */
  generatorCpuMs: number;
};

export async function measureSessions(
  { target, rows, usage }: SessionServer,
  generators: Generators,
  { clients, durationMs }: Pick<ScenarioOptions, 'clients' | 'durationMs'>,
): Promise<MeasuredSessions> {
  const storedBefore = await rows.count();
  const before = await usage();
  const busyBeforeMs = readMachineBusyMs();
  const shares = generators.map((_, at) => Math.floor((clients + at) / generators.length)).filter((share) => share > 0);
  const results = await Promise.all(
    shares.map((share, at) =>
      (generators[at] as Child<SessionsAnswers>).ask('run', { target, clients: share, durationMs }),
    ),
  );
  const busyMs = readMachineBusyMs() - busyBeforeMs;
  const after = await usage();
  const all = mergeLoads(results);
  if (all.sessions === 0) throw new Error(`No session came to its end; one ${all.problems[0]}.`);
  return {
    ...all,
    rowsStored: (await rows.count()).events - storedBefore.events,
    serverCpuMs: after.cpuMs - before.cpuMs,
    serverRssBytes: after.rssBytes,
    machineBusyMs: busyMs,
    generatorCpuMs: Math.max(...results.map((result) => result.cpuMs)),
  };
}

const mergeLoads = (results: readonly SessionsResult[]): Omit<SessionsResult, 'cpuMs'> => ({
  sessions: sum(results.map((result) => result.sessions)),
  events: sum(results.map((result) => result.events)),
  elapsedMs: Math.max(...results.map((result) => result.elapsedMs)),
  latenciesMs: results.flatMap((result) => result.latenciesMs),
  problems: results.flatMap((result) => result.problems),
});

export function figuresOf(measured: MeasuredSessions): Figures {
  const { elapsedMs, latenciesMs } = measured;
  const perSecond = (count: number) => (count / elapsedMs) * 1_000;
  return {
    'sessions/s': perSecond(measured.sessions),
    'events/s': perSecond(measured.events),
    'rows/s, counted in PostgreSQL': perSecond(measured.rowsStored),
    'send to completed p50, ms': percentile(latenciesMs, 50),
    'send to completed p99, ms': percentile(latenciesMs, 99),
    'RSS of the server, MB': measured.serverRssBytes / 2 ** 20,
    'CPU of the server, cores': measured.serverCpuMs / elapsedMs,
    [generatorCpu]: measured.generatorCpuMs / elapsedMs,
    'CPU of the whole machine, cores': measured.machineBusyMs / elapsedMs,
  };
}

const problemsShownMax = 5;

/** @returns what makes the figures invalid: wrong sessions, missing rows, or too many */
export function findProblems(
  variant: string,
  { problems, events, rowsStored }: MeasuredSessions,
  isStored = true,
): string[] {
  const found = problems.slice(0, problemsShownMax).map((problem) => `${variant}: a session ${problem}.`);
  if (problems.length > problemsShownMax) found.push(`${variant}: ${problems.length} such problems in all.`);
  if (rowsStored !== (isStored ? events : 0))
    found.push(`${variant}: clients saw ${events} events, PostgreSQL holds ${rowsStored}.`);
  return found;
}
