// One session that many sockets watch, beside stand-ins that send the same to as many.
import type { FanOutAnswers } from '../generators/fan-out-load.ts';
import { type SocketStandIn, socketStandIns } from '../generators/stand-in-sockets.ts';
import { Child } from '../processes/child.ts';
import type { Usage } from '../processes/parent.ts';
import {
  type Figures,
  measureInTurns,
  rowOf,
  type Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../scenario.ts';
import { startEngine } from '../server/start-engine.ts';
import type { SocketStandInAnswers } from '../stand-ins/sockets/serve-stand-in.ts';

const variants = ['engine', ...socketStandIns] as const;
type Variant = (typeof variants)[number];

const watchers = 1_000;
const watchersText = watchers.toLocaleString('en');
const inFlight = 16;
const reachOfUws = 0.8;
const quickMs = 200;
/** The share of a core above which the generator's one thread may be what is measured. */
const generatorCpuMax = 0.85;

const rate = 'frames/s';
const ratePerCpu = 'frames per second of CPU';

type LoadedServer = { generator: Child<FanOutAnswers>; usage(): Promise<Usage>; end(): Promise<unknown> };

export async function measureFanOut(options: ScenarioOptions): Promise<ScenarioResult> {
  const durationMs = options.isQuick ? quickMs : options.durationMs;
  const opened = await Promise.all(
    variants.map((variant) => (variant === 'engine' ? openWatchedEngine(options.checkout) : openStandIn(variant))),
  );
  const stages = Object.fromEntries(variants.map((variant, at) => [variant, opened[at]])) as Record<
    Variant,
    LoadedServer
  >;
  const problems: string[] = [];
  const warnings = new Set<string>();
  const measure = (variant: Variant) => measureLoad(variant, stages[variant], { durationMs, problems, warnings });
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant);
  }
  const samples = await measureInTurns(variants, options, measure);
  await Promise.all(opened.map((stage) => stage.end()));
  return {
    rows: [rate, ratePerCpu].flatMap((unit) => socketStandIns.map((kind) => makeComparedRow(samples, unit, kind))),
    figures: samples.makeTable(),
    notes: [
      `${watchersText} sockets attached to one session; one of them sends messages, ${inFlight} on their way at once, ${durationMs / 1_000} s a round. Every frame goes to all.`,
      'The engine stores each event before it is sent, and its agent answers; the others send what they hear, and do nothing else: uws to one socket after the other as each message comes, uws-publish all of one turn of its loop as one.',
      'Watchers count frames, some read them: each event once and in order. CPU is that of all threads of the server.',
    ],
    warnings: [...warnings],
    problems,
  };
}

const makeComparedRow = (samples: Samples<Variant>, unit: string, kind: SocketStandIn) =>
  rowOf(samples.get('engine', unit), samples.get(kind, unit), {
    name: `to ${watchersText} watchers`,
    unit,
    referenceName: kind,
    referenceKind: isCeiling(kind) ? 'ceiling' : 'alternative',
    ...(isCeiling(kind) && { reach: { of: 'ratio', bound: 'at least', value: reachOfUws } }),
  });

const isCeiling = (kind: SocketStandIn) => kind === 'uws' || kind === 'uws-publish';

async function openWatchedEngine(checkout: string): Promise<LoadedServer> {
  const generator = new Child<FanOutAnswers>('generators/fan-out-load.ts');
  const { process, address } = await startEngine(checkout, { dropsRows: false, environment: {} });
  await generator.ask('openSession', address, watchers);
  const end = async () => {
    await generator.end();
    await process.end();
  };
  return { generator, usage: () => process.ask('usage'), end };
}

async function openStandIn(kind: SocketStandIn): Promise<LoadedServer> {
  const generator = new Child<FanOutAnswers>('generators/fan-out-load.ts');
  const standIn = new Child<SocketStandInAnswers>(`stand-ins/sockets/${kind}.ts`);
  const port = await standIn.ask('start');
  await generator.ask('openStandIns', kind, port, watchers);
  return { generator, usage: () => standIn.ask('usage'), end: () => Promise.all([generator.end(), standIn.end()]) };
}

type Load = { durationMs: number; problems: string[]; warnings: Set<string> };

async function measureLoad(
  variant: Variant,
  stage: LoadedServer,
  { durationMs, problems, warnings }: Load,
): Promise<Figures> {
  const before = await stage.usage();
  const result = await stage.generator.ask('run', { durationMs, inFlight });
  const serverCpuMs = (await stage.usage()).cpuMs - before.cpuMs;
  const { frames, elapsedMs, cpuMs } = result;
  problems.push(...result.problems.map((problem) => `${variant}: ${problem}`));
  if (cpuMs / elapsedMs > generatorCpuMax)
    warnings.add(`The generator was busy (${variant}): compare frames per second of CPU, not frames/s.`);
  return {
    [rate]: (frames / elapsedMs) * 1_000,
    [ratePerCpu]: (frames / serverCpuMs) * 1_000,
    'CPU of the server, cores': serverCpuMs / elapsedMs,
    'CPU of the generator, cores': cpuMs / elapsedMs,
  };
}
