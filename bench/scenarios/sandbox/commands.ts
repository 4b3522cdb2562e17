// `echo` again and again: in the open shell, beside an exec of plain dockerode for each.
import type { Child } from '../../processes/child.ts';
import type { SandboxAnswers } from '../../sandboxes/ours.ts';
import { startDockerode, startOwnSandboxes } from '../../sandboxes/start-sandboxes.ts';
import {
  measureInTurns,
  type Reach,
  type Row,
  rowOf,
  type Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../../scenario.ts';
import { median, percentile } from '../../statistics.ts';

const variants = ['dockerode', 'ours'] as const;
type Variant = (typeof variants)[number];

/** Fewer execs are measured, since each takes long. */
const wholeTimes = { dockerode: 100, ours: 1_000 };
const quickTimes = { dockerode: 10, ours: 300 };
const warmUpTimes = { dockerode: 5, ours: 300 };

const ratioMin = 30;
const medianMsMax = 2;

const rate = 'echo, commands/s';
const typical = 'echo p50, ms';

export async function measureCommands(options: ScenarioOptions): Promise<ScenarioResult> {
  const times = options.isQuick ? quickTimes : wholeTimes;
  const [dockerode, ours] = await Promise.all([startDockerode(), startOwnSandboxes(options.checkout, 0)]);
  const processes: Record<Variant, Child<SandboxAnswers>> = { dockerode, ours };
  for (const variant of variants) {
    options.progress(`warm-up: ${variant}`);
    await processes[variant].ask('echo', warmUpTimes[variant]);
  }
  const samples = await measureInTurns(variants, options, async (variant) => {
    const latenciesMs = await processes[variant].ask('echo', times[variant]);
    const elapsedMs = latenciesMs.reduce((sum, latencyMs) => sum + latencyMs, 0);
    return {
      [rate]: (latenciesMs.length / elapsedMs) * 1_000,
      [typical]: median(latenciesMs),
      'echo p99, ms': percentile(latenciesMs, 99),
    };
  });
  await Promise.all(Object.values(processes).map((child) => child.end()));
  return {
    rows: [
      makeRow(samples, rate, { of: 'ratio', bound: 'at least', value: ratioMin }),
      makeRow(samples, typical, { of: 'ours', bound: 'at most', value: medianMsMax }),
    ],
    figures: samples.makeTable(),
    notes: [
      `Commands: ${times.ours.toLocaleString('en')} in the open shell and ${times.dockerode} execs a round, one after the other. The exit code, which ours has, would cost dockerode another call.`,
    ],
    warnings: [],
    problems: [],
  };
}

function makeRow(samples: Samples<Variant>, figure: string, reach: Reach): Row {
  const [name = '', unit = ''] = figure.split(', ');
  return rowOf(samples.get('ours', figure), samples.get('dockerode', figure), {
    name,
    unit,
    referenceName: 'dockerode',
    referenceKind: 'alternative',
    reach,
  });
}
