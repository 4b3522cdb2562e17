// Sessions that all emit at once: beside COPY of the same rows, the same frames without anything behind, and a plain implementation.
import { parseEmission } from '../../../actors/models/emission.ts';
import { RowCounter } from '../../database.ts';
import { generatorCpu, warnOfExhausted } from '../../generator-warnings.ts';
import type { EventsAnswers, EventsResult } from '../../generators/event-load.ts';
import { readMachineBusyMs } from '../../machine.ts';
import { Child } from '../../processes/child.ts';
import {
  type Figures,
  type RowOptions,
  rowOf,
  Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../../scenario.ts';
import { startEngine } from '../../server/start-engine.ts';
import { waitUntilSettled } from '../../server/wait-until-settled.ts';
import type { CopyAnswers } from '../../stand-ins/copy.ts';
import type { FramesAnswers } from '../../stand-ins/frames.ts';
import { startPlain } from '../../stand-ins/start-plain.ts';
import { median, percentile } from '../../statistics.ts';

type Variant = 'engine' | 'half rate' | 'plain' | 'uWebSockets.js' | 'COPY';

const clients = 100;
const rate = 'events/s';
const delay = 'emit to client p99, ms';
const copyRatioMin = 0.5;
const alternativeRatioMin = 4;
const delayMsMax = 60;
/** Events that the paced sessions emit at a time, since an agent's step costs more than an event and isn't measured. */
const pacedAtOnce = 10;
/** The share of the asked rate that the paced sessions must keep for their delay to be valid. */
const pacedRatioMin = 0.8;
/** All events together are below `bufferedWritesMax`: beyond, a host refuses the last sessions. */
const eachEmits = 150;
/** The plain implementation's sessions emit less, since it is slower and its rounds would take long. */
const eachEmitsPlain = 30;
const tasks = { all: `Emit ${eachEmits} events`, plain: `Emit ${eachEmitsPlain} events` };

export async function measureEventRate(options: ScenarioOptions): Promise<ScenarioResult> {
  const stage = await openServers(options);
  const problems: string[] = [];
  const samples = new Samples<Variant>();
  const measured = async (variant: Variant, figures: Promise<Figures>) => samples.add(variant, await figures);

  options.progress('warm-up');
  await stage.emit('engine', tasks.all, problems);
  await stage.emit('plain', tasks.plain, problems);
  for (let round = 1; round <= options.rounds; round++) {
    options.progress(`round ${round} of ${options.rounds}`);
    await measured('engine', stage.emit('engine', tasks.all, problems));
    const halfRate = median(samples.get('engine', rate)) / 2;
    await measured('half rate', stage.emit('engine', pacedTask(pauseMs(halfRate), options.durationMs), problems));
    const paced = samples.get('half rate', rate).at(-1) ?? 0;
    if (paced < pacedRatioMin * halfRate)
      problems.push(`half rate: ${Math.round(paced)} events/s were emitted, not ${Math.round(halfRate)}.`);
    await measured('uWebSockets.js', stage.emit('uWebSockets.js', tasks.all, problems));
    await measured('plain', stage.emit('plain', tasks.plain, problems));
    await measured('COPY', stage.copy(clients * eachEmits));
  }
  await stage.end();
  const warnings = warnOfExhausted(samples, ['engine', 'half rate', 'uWebSockets.js', 'plain']);
  return { rows: rowsOf(samples), figures: samples.makeTable(), notes, warnings, problems };
}

/** @returns the pause of each session with which all together emit at this rate */
const pauseMs = (eventsPerSecond: number) => Math.max(1, Math.round((1_000 * pacedAtOnce * clients) / eventsPerSecond));

const pacedTask = (everyMs: number, durationMs: number) =>
  `Emit ${Math.ceil((durationMs / everyMs) * pacedAtOnce)} events, ${pacedAtOnce} every ${everyMs} ms`;

function rowsOf(samples: Samples<Variant>) {
  const row = (reference: Variant, referenceKind: RowOptions['referenceKind'], ratioMin?: number) =>
    rowOf(samples.get('engine', rate), samples.get(reference, rate), {
      name: 'events, stored and delivered',
      unit: 'events/s',
      referenceName: reference === 'plain' ? 'Fastify + ws + pg' : reference,
      referenceKind,
      ...(ratioMin !== undefined && { reach: { of: 'ratio', bound: 'at least', value: ratioMin } }),
    });
  return [
    row('COPY', 'ceiling', copyRatioMin),
    row('uWebSockets.js', 'ceiling'),
    row('plain', 'alternative', alternativeRatioMin),
    rowOf(samples.get('half rate', delay), samples.get('engine', delay), {
      name: 'emit to client at half that rate, p99',
      unit: 'ms',
      referenceName: 'at full rate',
      referenceKind: 'baseline',
      reach: { of: 'ours', bound: 'at most', value: delayMsMax },
    }),
  ];
}

const notes = [
  `${clients} clients (ws) in one process; each has a session whose mock agent emits ${eachEmits} thoughts (of the plain implementation ${eachEmitsPlain}) as fast as they are taken, a few times a round.`,
  'From connecting to the last "completed"; each event is checked to be the next one. PostgreSQL holds as many rows as clients saw events.',
  'COPY: the same rows back into the same table, its indices and constraints as they are, 1,000 rows a COMMIT, nothing else at work.',
  'uWebSockets.js: the same frames, ready in memory, to the same clients; the rate is theirs rather than its own.',
  'At half rate the delay is from the timestamp in a frame, in whole milliseconds, to when its client has parsed it.',
];

type Emitting = 'engine' | 'plain' | 'uWebSockets.js';

async function openServers({ checkout, durationMs }: ScenarioOptions) {
  const generator = new Child<EventsAnswers>('generators/event-load.ts');
  const copying = new Child<CopyAnswers>('stand-ins/copy.ts');
  const frames = new Child<FramesAnswers>('stand-ins/frames.ts');
  const environment = { RECONNECT_GRACE: '1' };
  const engine = await startEngine(checkout, { dropsRows: false, environment });
  const { databaseUrl, secret, port } = engine.address;
  const plain = await startPlain(engine.address);
  const rows = await RowCounter.open(databaseUrl);
  const targets = {
    engine: engine.address,
    plain: plain.target,
    'uWebSockets.js': { port: await frames.ask('start'), secret },
  };
  const emit = async (variant: Emitting, task: string, problems: string[]): Promise<Figures> => {
    const before = await rows.count();
    const busyBeforeMs = readMachineBusyMs();
    const result = await generator.ask('run', { target: targets[variant], clients, task, durationMs });
    const busyMs = readMachineBusyMs() - busyBeforeMs;
    const stored = (await rows.count()).events - before.events;
    if (variant === 'engine') await waitUntilSettled(port);
    problems.push(...result.problems.slice(0, 1).map((problem) => `${variant}: a session ${problem}.`));
    if (result.events < clients * (parseEmission(task)?.events ?? 0))
      problems.push(`${variant}: clients saw only ${result.events} events of what was asked for by "${task}".`);
    if (variant !== 'uWebSockets.js' && stored !== result.events)
      problems.push(`${variant}: clients saw ${result.events} events, PostgreSQL holds ${stored}.`);
    return variant === 'uWebSockets.js'
      ? figuresOf(result, busyMs)
      : { ...figuresOf(result, busyMs), ...delayOf(result) };
  };
  const copy = async (rowsMax: number): Promise<Figures> => {
    const result = await copying.ask('run', { databaseUrl, rowsMax });
    return { [rate]: (result.rows / result.elapsedMs) * 1_000 };
  };
  const end = async () => {
    await rows.close();
    await Promise.all([generator, copying, frames, plain.process].map((child) => child.end()));
    await engine.process.end();
  };
  return { emit, copy, end };
}

/** Frames from memory have no time of recording. */
const delayOf = ({ latenciesMs }: EventsResult): Figures => ({ [delay]: percentile(latenciesMs, 99) });

const figuresOf = ({ events, elapsedMs, cpuMs }: EventsResult, busyMs: number): Figures => ({
  [rate]: (events / elapsedMs) * 1_000,
  [generatorCpu]: cpuMs / elapsedMs,
  'CPU of the whole machine, cores': busyMs / elapsedMs,
});
