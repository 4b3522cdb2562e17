// How long clients are without their sessions when the engine dies: `kill -9` until all of them are attached again.
import type { ReturningAnswers } from '../generators/return-load.ts';
import { Child } from '../processes/child.ts';
import { type Figures, measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import type { Installed, InstalledAnswers } from '../server/installed.ts';

const sessionCount = 1_000;
const variants = ['1,000 live sessions', 'no session'] as const;
type Variant = (typeof variants)[number];

const figure = 'from `kill -9`, s';
const attachedSecondsMax = 5;

export async function restart(options: ScenarioOptions): Promise<ScenarioResult> {
  const engine = new Child<InstalledAnswers>('server/installed.ts', { hasFolder: true, checkout: options.checkout });
  const clients = new Child<ReturningAnswers>('generators/return-load.ts');
  const problems: string[] = [];
  const measure: Record<Variant, (target: Installed) => Promise<Figures>> = {
    '1,000 live sessions': (target) => killUnderLoad(clients, engine, target, problems),
    'no session': () => killAlone(engine),
  };
  options.progress('warm-up: the embedded PostgreSQL is made');
  await engine.ask('start');
  await engine.ask('stop');
  const samples = await measureInTurns(variants, options, async (variant) => {
    const figures = await measure[variant](await engine.ask('start'));
    await engine.ask('stop');
    return figures;
  });
  await Promise.all([clients.end(), engine.end()]);
  const row = rowOf(samples.get('1,000 live sessions', figure), samples.get('no session', figure), {
    name: '`kill -9` with 1,000 live sessions, until all are attached again',
    unit: 's',
    referenceName: 'without sessions, to the first 200',
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: attachedSecondsMax },
  });
  return {
    rows: [row],
    figures: samples.makeTable(),
    notes: [
      '`npm start` with the embedded PostgreSQL, started anew each time: what keeps the engine alive waits 0.25 s after a first crash.',
      'Clients try to come back after 25 to 50 ms, then twice as long each time, up to 0.5 s; each is attached with the position that it had.',
    ],
    warnings: [],
    problems,
  };
}

async function killUnderLoad(
  clients: Child<ReturningAnswers>,
  engine: Child<InstalledAnswers>,
  target: Installed,
  problems: string[],
): Promise<Figures> {
  await clients.ask('open', target, sessionCount);
  const startedAtMs = performance.now();
  const returned = clients.ask('comeBack', target);
  await engine.ask('kill');
  const { cpuMs, problems: found } = await returned;
  const elapsedMs = performance.now() - startedAtMs;
  const open = await clients.ask('openSockets');
  problems.push(...found);
  if (open !== sessionCount) problems.push(`${open} sockets were open afterwards, not ${sessionCount}.`);
  await clients.ask('closeAll');
  return { [figure]: elapsedMs / 1_000, 'CPU of the generator, cores': cpuMs / elapsedMs };
}

async function killAlone(engine: Child<InstalledAnswers>): Promise<Figures> {
  const startedAtMs = performance.now();
  await engine.ask('kill');
  await engine.ask('serves');
  return { [figure]: (performance.now() - startedAtMs) / 1_000 };
}
