// From asking for a sandbox to its first output: a cold start and a warm one, beside plain dockerode.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../../processes/child.ts';
import type { SandboxAnswers } from '../../sandboxes/ours.ts';
import { startDockerode, startOwnSandboxes } from '../../sandboxes/start-sandboxes.ts';
import { measureInTurns, rowOf, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';

const variants = ['dockerode', 'ours', 'ours, warm'] as const;
type Variant = (typeof variants)[number];

/** One start is one sample, so that compared samples are a second apart; their median is the p50. */
const startsPerRound = { quick: 1, whole: 6 };
const warmUpStarts = { quick: 0, whole: 2 };
const warm = 2;
/** The pause after a container's removal, in which the kernel clears up. */
const settleMs = 200;

const coldRatioMax = 1.2;
const warmMsMax = 20;

const firstOutput = 'start to first output, ms';

export async function measureFirstOutputs(options: ScenarioOptions): Promise<ScenarioResult> {
  const { checkout, rounds, isQuick, progress } = options;
  const [dockerode, ours, oursWarm] = await Promise.all([
    startDockerode(),
    startOwnSandboxes(checkout, 0),
    startOwnSandboxes(checkout, warm),
  ]);
  const processes: Record<Variant, Child<SandboxAnswers>> = { dockerode, ours, 'ours, warm': oursWarm };
  const starts = rounds * (isQuick ? startsPerRound.quick : startsPerRound.whole);
  const warmUps = isQuick ? warmUpStarts.quick : warmUpStarts.whole;
  progress(`${warmUps} of each to warm up, then ${starts} of each in turn`);
  const measure = async (variant: Variant) => {
    await sleep(settleMs);
    return { [firstOutput]: await processes[variant].ask('firstOutput') };
  };
  const silently = { progress: () => undefined };
  await measureInTurns(variants, { rounds: warmUps, ...silently }, measure);
  const samples = await measureInTurns(variants, { rounds: starts, ...silently }, measure);
  await Promise.all(Object.values(processes).map((child) => child.end()));

  const reference = samples.get('dockerode', firstOutput);
  const row = { unit: 'ms', referenceName: 'dockerode', referenceKind: 'alternative' } as const;
  return {
    rows: [
      rowOf(samples.get('ours', firstOutput), reference, {
        ...row,
        name: 'start to first output p50, cold',
        reach: { of: 'ratio', bound: 'at most', value: coldRatioMax },
      }),
      rowOf(samples.get('ours, warm', firstOutput), reference, {
        ...row,
        name: 'start to first output p50, warm',
        reach: { of: 'ours', bound: 'at most', value: warmMsMax },
      }),
    ],
    figures: samples.makeTable(),
    notes: [
      `Start: ${starts} of each in turn, one at a time. Dockerode creates and starts a container with the same options, on a network made alike, and reads the output of one exec.`,
      `Warm: one of ${warm} containers that are ready; the next one is being made while it is taken.`,
    ],
    warnings: [],
    problems: [],
  };
}
