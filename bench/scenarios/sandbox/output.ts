// One command that prints 100 MB: how fast it is read, and what that costs the process that holds the sandbox.
import { startDockerode, startOwnSandboxes } from '../../sandboxes/start-sandboxes.ts';
import { measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';

const variants = ['dockerode', 'ours'] as const;
type Variant = (typeof variants)[number];

const megabyte = 2 ** 20;
const outputMb = 100;
const growthMbMax = 50;

const restRss = 'output: RSS at rest, MB';
const growth = `output: growth with ${outputMb} MB, MB`;

export async function measureOutput(options: ScenarioOptions): Promise<ScenarioResult> {
  const rounds = options.isQuick ? 1 : options.rounds;
  const samples = await measureInTurns(variants, { ...options, rounds }, (variant) =>
    measureOutputOnce(options.checkout, variant),
  );
  return {
    rows: [
      rowOf(samples.get('ours', growth), samples.get('ours', restRss), {
        name: `RSS growth with ${outputMb} MB of output`,
        unit: 'MB',
        referenceName: 'at rest',
        referenceKind: 'baseline',
        reach: { of: 'ours', bound: 'at most', value: growthMbMax },
      }),
    ],
    figures: samples.makeTable(),
    notes: [
      'Output: a fresh process and container each time, its heap collected before; RSS at its highest while the command runs. All bytes are counted as they arrive.',
    ],
    warnings: [],
    problems: [],
  };
}

async function measureOutputOnce(checkout: string, variant: Variant) {
  const child = await (variant === 'ours' ? startOwnSandboxes(checkout, 0) : startDockerode());
  const { elapsedMs, restRssBytes, peakRssBytes } = await child.ask('print', outputMb * megabyte);
  await child.end();
  return {
    'output, MB/s': (outputMb / elapsedMs) * 1_000,
    [restRss]: restRssBytes / megabyte,
    [growth]: (peakRssBytes - restRssBytes) / megabyte,
  };
}
