// The engine's own time of a step, which is a whole step's time less that of its command in the sandbox's open shell.
import type { ProviderName } from '../../../schema/session.ts';
import type { Child } from '../../processes/child.ts';
import type { OursAnswers } from '../../sandboxes/ours.ts';
import { startOwnSandboxes } from '../../sandboxes/start-sandboxes.ts';
import {
  type Figures,
  measureInTurns,
  type Row,
  rowOf,
  type Samples,
  type ScenarioOptions,
  type ScenarioResult,
} from '../../scenario.ts';
import { readGauge } from '../../server/read-gauge.ts';
import { median, percentile } from '../../statistics.ts';
import { type PlayedTask, TaskStage } from './task-stage.ts';

const variants = ['sandbox', 'anthropic', 'google'] as const;
type Variant = (typeof variants)[number];

const steps = 40;
/** Alone, without the engine. */
const commands = 200;
const ownMsMax = 5;

/** A comment makes each call differ, since an agent that repeats itself is stopped. */
const task = { commands: Array.from({ length: steps }, (_, step) => `echo x # ${step + 1}`), output: /^x\n$/ };

const command = 'command in an open shell p50, ms';
const step = 'step p50, ms';

export async function measureStepTime(options: ScenarioOptions): Promise<ScenarioResult> {
  const [stage, sandbox] = await Promise.all([
    TaskStage.open(options.checkout, steps + 1),
    startOwnSandboxes(options.checkout, 0),
  ]);
  const problems: string[] = [];
  const measure = (variant: Variant) =>
    variant === 'sandbox' ? measureSandbox(sandbox) : measureSteps(stage, variant, problems);
  for (const variant of options.isQuick ? [] : variants) {
    options.progress(`warm-up: ${variant}`);
    await measure(variant);
  }
  const samples = await measureInTurns(variants, options, measure);
  await Promise.all([stage.close(), sandbox.end()]);
  return {
    rows: [makeRow(samples, 'anthropic'), makeRow(samples, 'google')],
    figures: samples.makeTable(),
    notes,
    warnings: [],
    problems,
  };
}

const notes = [
  `Step: ${steps} times "echo x" in one session with a container, one call an answer, from one observation that the client hears to the next; without the first, which opens the shell. A fresh session each round. The sandbox alone: ${commands} times the same in an open shell, without the engine.`,
  'In a step: the HTTP request to the stand-in for the provider and its answer, the SDK, the action stored (COMMIT) before it runs, the command, the observation stored (COMMIT) and its frame heard. The next request does not wait for the observation to be stored.',
  'The stand-in itself: from the head of a request to the last byte of its answer. Storing: the mean of lucid_commit_seconds, all batches of the session.',
];

async function measureSandbox(sandbox: Child<OursAnswers>): Promise<Figures> {
  const latenciesMs = await sandbox.ask('echo', commands);
  return { [command]: median(latenciesMs) };
}

async function measureSteps(stage: TaskStage, provider: ProviderName, problems: string[]): Promise<Figures> {
  const { port } = stage.engine.address;
  const before = await readCommits(port);
  const played = await stage.play({ provider, ...task });
  const after = await readCommits(port);
  if (played.connections > 1) problems.push(`${provider}: ${played.connections} connections for one session.`);
  const { stepsMs, untilActionMs, untilObservationMs } = stepTimesOf(played);
  return {
    [step]: median(stepsMs),
    'step p90, ms': percentile(stepsMs, 90),
    'observation to next action p50, ms': median(untilActionMs),
    'action to its observation p50, ms': median(untilObservationMs),
    'the stand-in itself p50, ms': median(played.handledMs),
    'storing a batch, ms': ((after.seconds - before.seconds) / (after.count - before.count)) * 1_000,
  };
}

async function readCommits(port: number): Promise<{ seconds: number; count: number }> {
  const seconds = await readGauge(port, 'lucid_commit_seconds_sum');
  return { seconds, count: await readGauge(port, 'lucid_commit_seconds_count') };
}

/** Each step but the first lasts from the observation before it to its own, with its action in between. */
function stepTimesOf({ actionsAtMs, observationsAtMs }: PlayedTask) {
  const afterFirst = observationsAtMs.slice(1).map((observedAtMs, at) => ({
    beganAtMs: observationsAtMs[at] as number,
    actedAtMs: actionsAtMs[at + 1] as number,
    observedAtMs,
  }));
  return {
    stepsMs: afterFirst.map(({ beganAtMs, observedAtMs }) => observedAtMs - beganAtMs),
    untilActionMs: afterFirst.map(({ beganAtMs, actedAtMs }) => actedAtMs - beganAtMs),
    untilObservationMs: afterFirst.map(({ actedAtMs, observedAtMs }) => observedAtMs - actedAtMs),
  };
}

function makeRow(samples: Samples<Variant>, provider: Exclude<Variant, 'sandbox'>): Row {
  const alone = samples.get('sandbox', command);
  const own = samples.get(provider, step).map((stepMs, round) => stepMs - (alone[round] as number));
  return rowOf(own, alone, {
    name: `our own time a step p50, ${provider}`,
    unit: 'ms',
    referenceName: "the sandbox's",
    referenceKind: 'baseline',
    reach: { of: 'ours', bound: 'at most', value: ownMsMax },
  });
}
