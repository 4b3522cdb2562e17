// A client that comes back and gets what it missed, beside reading the same rows from PostgreSQL.
import { RowReader } from '../database.ts';
import type { ResumeAnswers } from '../generators/resume-load.ts';
import { Child } from '../processes/child.ts';
import { measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../scenario.ts';
import { startEngine } from '../server/start-engine.ts';
import { percentile } from '../statistics.ts';

const variants = ['engine', 'rows alone'] as const;
type Variant = (typeof variants)[number];

const events = 1_000;
const eventsText = events.toLocaleString('en');
const p99MsMax = 50;
const times = { whole: 100, quick: 20 };

export async function resume(options: ScenarioOptions): Promise<ScenarioResult> {
  const timesEach = options.isQuick ? times.quick : times.whole;
  const generator = new Child<ResumeAnswers>('generators/resume-load.ts');
  const { process: engine, address } = await startEngine(options.checkout, { dropsRows: false, environment: {} });
  const recorded = await generator.ask('record', address, events + 1);
  const after = recorded.lastSequence - events;
  const reader = await RowReader.open(address.databaseUrl, recorded.sessionId);
  const measure = async (variant: Variant, count: number) => {
    const latenciesMs =
      variant === 'engine'
        ? await generator.ask('resume', address, after, recorded, count)
        : await timeEach(count, async () => {
            const rows = await reader.countRowsAfter(after);
            if (rows !== events) throw new Error(`${rows} rows are stored, not ${events}.`);
          });
    return { 'p50, ms': percentile(latenciesMs, 50), 'p99, ms': percentile(latenciesMs, 99) };
  };
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant, times.quick);
  }
  const samples = await measureInTurns(variants, options, (variant) => measure(variant, timesEach));
  await Promise.all([generator.end(), reader.close()]);
  await engine.end();
  const row = rowOf(samples.get('engine', 'p99, ms'), samples.get('rows alone', 'p99, ms'), {
    name: `replay of ${eventsText} events, p99`,
    unit: 'ms',
    referenceName: 'rows alone',
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: p99MsMax },
  });
  return {
    rows: [row],
    figures: samples.makeTable(),
    notes: [
      `A client connects with its position, from before it connects until it has all ${eventsText} events, each once and in order; ${timesEach} times a round, one after the other.`,
      'Rows alone: the same columns of the same rows, read by pg (slonik) in one query on a connection that is open.',
    ],
    warnings: [],
    problems: [],
  };
}

async function timeEach(count: number, act: () => Promise<void>): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let time = 0; time < count; time++) {
    const startedAtMs = performance.now();
    await act();
    latenciesMs.push(performance.now() - startedAtMs);
  }
  return latenciesMs;
}
