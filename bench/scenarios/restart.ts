// How long clients are without their sessions when the engine dies: `kill -9` until all of them are attached again.
import type { ReturningAnswers } from '../load/returning.ts';
import { Child } from '../processes/child.ts';
import { type Figures, interleaved, type Options, type Result, rowOf } from '../scenario.ts';
import type { Installed, InstalledAnswers } from '../server/installed.ts';

const sessionCount = 1_000;
const variants = ['1,000 live sessions', 'no session'] as const;
type Variant = (typeof variants)[number];

const figure = 'from `kill -9`, s';
const attachedSecondsMax = 5;

type Engine = { process: Child<InstalledAnswers>; target: Installed };

export async function restart(options: Options): Promise<Result> {
  const problems: string[] = [];
  const full = await startEngine();
  const empty = await startEngine();
  const clients = new Child<ReturningAnswers>('load/returning.ts');
  options.progress(`${sessionCount} sessions`);
  await clients.ask('open', full.target, sessionCount);
  const measure: Record<Variant, () => Promise<Figures>> = {
    '1,000 live sessions': () => killUnder(clients, full, problems),
    'no session': () => killAlone(empty),
  };
  const samples = await interleaved(variants, options, (variant) => measure[variant]());
  await clients.ask('closeAll');
  await Promise.all([clients, full.process, empty.process].map((child) => child.end()));
  const row = rowOf(samples.of('1,000 live sessions', figure), samples.of('no session', figure), {
    name: '`kill -9` with 1,000 live sessions, until all are attached again',
    unit: 's',
    referenceName: 'without sessions, to the first 200',
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: attachedSecondsMax },
  });
  return {
    rows: [row],
    figures: samples.table(),
    notes: [
      '`npm start` with the embedded PostgreSQL; what keeps the engine alive waits 0.25 s after a first crash, and twice as long after each that follows within a minute of it.',
      'Clients try to come back after 25 to 50 ms, then twice as long each time, up to 0.5 s; each is attached with the position that it had.',
    ],
    warnings: [],
    problems,
  };
}

async function startEngine(): Promise<Engine> {
  const process = new Child<InstalledAnswers>('server/installed.ts', { hasFolder: true });
  return { process, target: await process.ask('start') };
}

async function killUnder(clients: Child<ReturningAnswers>, { process, target }: Engine, problems: string[]) {
  const returned = clients.ask('comeBack', target);
  const startedAtMs = performance.now();
  await process.ask('kill');
  const { cpuMs, problems: found } = await returned;
  problems.push(...found);
  const elapsedMs = performance.now() - startedAtMs;
  const isOpen = await clients.ask('openSockets');
  if (isOpen !== sessionCount) problems.push(`${isOpen} sockets are open, not ${sessionCount}.`);
  return { [figure]: elapsedMs / 1_000, 'CPU of the generator, cores': cpuMs / elapsedMs };
}

async function killAlone({ process }: Engine): Promise<Figures> {
  const startedAtMs = performance.now();
  await process.ask('kill');
  await process.ask('serves');
  return { [figure]: (performance.now() - startedAtMs) / 1_000 };
}
