// How long people wait for `npm start`: to the first 200, with everything installed and the embedded PostgreSQL made.
import { execFileSync } from 'node:child_process';
import { Child } from '../processes/child.ts';
import { type Figures, measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import type { InstalledAnswers } from '../server/installed.ts';

const variants = ['npm start', 'node -e 0'] as const;
type Variant = (typeof variants)[number];

const figure = 'time, ms';
const startMsMax = 1_500;

export async function start(options: ScenarioOptions): Promise<ScenarioResult> {
  const engine = new Child<InstalledAnswers>('server/installed.ts', { hasFolder: true, checkout: options.checkout });
  options.progress('warm-up: the embedded PostgreSQL is made');
  await startOnce(engine);
  const measure: Record<Variant, () => Promise<number>> = {
    'npm start': () => startOnce(engine),
    'node -e 0': startNode,
  };
  const samples = await measureInTurns(
    variants,
    options,
    async (variant): Promise<Figures> => ({ [figure]: await measure[variant]() }),
  );
  await engine.end();
  const row = rowOf(samples.get('npm start', figure), samples.get('node -e 0', figure), {
    name: '`npm start` to the first 200',
    unit: 'ms',
    referenceName: '`node -e 0`',
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: startMsMax },
  });
  return {
    rows: [row],
    figures: samples.makeTable(),
    notes: [
      'From spawning npm to the first 200 of `/ready`, which is asked every 3 ms; each time it is ended in order, PostgreSQL too.',
    ],
    warnings: [],
    problems: [],
  };
}

async function startOnce(engine: Child<InstalledAnswers>): Promise<number> {
  const startedAtMs = performance.now();
  await engine.ask('start');
  const tookMs = performance.now() - startedAtMs;
  await engine.ask('stop');
  return tookMs;
}

async function startNode(): Promise<number> {
  const startedAtMs = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - startedAtMs;
}
