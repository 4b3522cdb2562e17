// Idle live sessions with their sockets open: what they cost in memory, with their actors in memory and hibernated.
import { setTimeout as sleep } from 'node:timers/promises';
import { RowCounter } from '../database.ts';
import type { IdleAnswers } from '../load/idle.ts';
import { openFilesMax } from '../machine.ts';
import { Child } from '../processes/child.ts';
import { type Figures, interleaved, type Options, type Result, type Row, rowOf, type Samples } from '../scenario.ts';
import type { EngineAddress } from '../server/engine.ts';
import { readGauge } from '../server/metrics.ts';
import { type RunningEngine, startEngine } from '../server/start.ts';

const variants = ['live', 'hibernated'] as const;
type Variant = (typeof variants)[number];

const sessionCount = 10_000;
const countText = sessionCount.toLocaleString('en');
const concurrency = 64;
const growthMbMax = 200;
/** Descriptors of a process beside its sockets. */
const otherFiles = 200;
const hibernateAfterSeconds = { live: '86400', hibernated: '1' };
const settleMs = 2_000;
const hibernatedWithinMs = 60_000;
const hibernatedCheckMs = 250;

const restRss = 'RSS at rest, MB';
const growth = `growth with ${countText} sessions, MB`;

export async function idle(options: Options): Promise<Result> {
  const filesMax = openFilesMax();
  if (filesMax < sessionCount + otherFiles)
    throw new Error(`${countText} sockets need more than the ${filesMax} open files allowed here; see ulimit -n.`);
  const problems: string[] = [];
  const samples = await interleaved(variants, options, (variant) => measureOnce(variant, problems));
  return {
    rows: [rowFor(samples, 'live'), rowFor(samples, 'hibernated')],
    figures: samples.table(),
    notes: [
      'A fresh engine each time, at rest before its first session: what warming up costs counts as growth.',
      'The heap of the main thread is collected before RSS is read, at rest and after; those of the other threads are as they are.',
      'Hibernated: HIBERNATE_AFTER is 1 s, and most actors go before the last session has come. Live: 86400 s.',
    ],
    warnings: [],
    problems,
  };
}

const rowFor = (samples: Samples<Variant>, variant: Variant): Row =>
  rowOf(samples.of(variant, growth), samples.of(variant, restRss), {
    name: `${countText} idle sessions, ${variant}`,
    unit: 'MB',
    referenceName: 'at rest',
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: growthMbMax },
  });

async function measureOnce(variant: Variant, problems: string[]): Promise<Figures> {
  const generator = new Child<IdleAnswers>('load/idle.ts');
  const environment = { HIBERNATE_AFTER: hibernateAfterSeconds[variant] };
  const engine = await startEngine({ dropsRows: false, environment });
  const { address } = engine;
  const restBytes = await quietRssOf(engine);

  const opened = await generator.ask('open', { target: address, sessions: sessionCount, concurrency });
  if (variant === 'hibernated') await hibernated(address.port);
  const fullBytes = await quietRssOf(engine);
  problems.push(...opened.problems.map((problem) => `${variant}: a session ${problem}.`));
  problems.push(...(await differencesOf(variant, { address, generator, events: opened.events })));

  await generator.ask('closeAll');
  await Promise.all([generator.end(), engine.process.end()]);
  const growthBytes = fullBytes - restBytes;
  return {
    [restRss]: restBytes / 2 ** 20,
    [growth]: growthBytes / 2 ** 20,
    'growth per session, KB': growthBytes / sessionCount / 1_024,
    'sessions/s while they came': (sessionCount / opened.elapsedMs) * 1_000,
    'CPU of the generator, cores': opened.cpuMs / opened.elapsedMs,
  };
}

async function quietRssOf({ process }: RunningEngine): Promise<number> {
  await sleep(settleMs);
  await process.ask('collectGarbage');
  return (await process.ask('usage')).rssBytes;
}

async function hibernated(port: number): Promise<void> {
  const deadlineMs = performance.now() + hibernatedWithinMs;
  while ((await readGauge(port, 'lucid_sessions')) > 0 && performance.now() < deadlineMs)
    await sleep(hibernatedCheckMs);
}

type Opened = { address: EngineAddress; generator: Child<IdleAnswers>; events: number };

/** What isn't as it should be for the figure to mean what it says. */
async function differencesOf(variant: Variant, { address, generator, events }: Opened): Promise<string[]> {
  const rows = await RowCounter.open(address.databaseUrl);
  const stored = await rows.count();
  await rows.close();
  const checks: [what: string, is: number, shouldBe: number][] = [
    ['sockets are open at the clients', await generator.ask('openSockets'), sessionCount],
    ['sockets are open at the engine', await readGauge(address.port, 'lucid_sockets'), sessionCount],
    ['actors are in memory', await readGauge(address.port, 'lucid_sessions'), variant === 'live' ? sessionCount : 0],
    ['sessions are stored', stored.sessions, sessionCount],
    ['events are stored', stored.events, events],
  ];
  return checks.flatMap(([what, is, shouldBe]) =>
    is === shouldBe ? [] : [`${variant}: ${is} ${what}, not ${shouldBe}.`],
  );
}
