// Our agent beside others that people run, on one script: the tokens that each sends, and what of them no cache has.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { costOf } from '../../../actors/models/cost.ts';
import { runOurs } from '../../agents/ours.ts';
import { installPeer, type Peer, peers } from '../../agents/peers.ts';
import { makeProject } from '../../agents/project.ts';
import { largeOutputs, largeScript, longScript, type ScriptedAnswer, script, task } from '../../agents/script.ts';
import type { CountedRequest } from '../../agents/sent-request.ts';
import { type Speak, speakOurs } from '../../agents/speech.ts';
import type { VendorAnswers } from '../../agents/vendor.ts';
import { Child } from '../../processes/child.ts';
import { type Figures, type Row, rowOf, Samples, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';
import { sum } from '../../statistics.ts';
import { pricesOf } from './prices.ts';

/** The scripts, each with the model whose window and prices it is for. */
const scripts = {
  script: { answers: script, model: 'claude-sonnet-5-5' },
  long: { answers: longScript, model: 'claude-haiku-4-5' },
  large: { answers: largeScript, model: 'claude-sonnet-5-5' },
} as const satisfies Record<string, { answers: readonly ScriptedAnswer[]; model: string }>;
type ScriptName = keyof typeof scripts;

const figures = {
  input: 'script: input, tokens',
  uncached: 'script: input that no cache had, tokens',
  cost: 'script: input, $',
  first: 'script: first request, tokens',
  tools: 'script: tools offered, tokens',
  longCost: 'long: input, $',
  longUncached: 'long: input that no cache had, tokens',
};
const figureOfOutput = (name: string): string => `${name}, tokens`;

/** What is measured beside ours; an agent that can't be installed here is left out with a warning. */
const reaches: [figure: string, unit: string, most: number][] = [
  [figures.input, 'tokens', 1_090_000],
  [figures.uncached, 'tokens', 40_000],
  [figures.longCost, '$', 0.8],
  [figureOfOutput('a log of 1.1 MB'), 'tokens', 600],
];

type Agent = { name: string; speak: Speak; run(vendorUrl: string, model: string): Promise<void> };

/** Every run sends the same, so each is made once. */
export async function measureAgents(options: ScenarioOptions): Promise<ScenarioResult> {
  const vendor = new Child<VendorAnswers>('agents/vendor.ts');
  const vendorUrl = await vendor.ask('start');
  const warnings: string[] = [];
  const samples = new Samples<string>();
  const ours = { name: 'ours', speak: speakOurs, run: makeOurRun(options.checkout) };
  const others = options.isQuick ? [] : await preparePeers(options, warnings);
  const problems: string[] = [];
  for (const agent of [ours, ...others])
    for (const name of Object.keys(scripts) as ScriptName[]) {
      options.progress(`${name}: ${agent.name}`);
      const played = await playScript(name, agent, vendor, vendorUrl);
      if (typeof played === 'string') problems.push(played);
      else samples.add(agent.name, played);
    }
  await vendor.end();
  const rows = reaches.flatMap(([figure, unit, most]) =>
    others.map(({ name }) => compareWith(samples, name, { figure, unit, most })),
  );
  return { rows, figures: samples.makeTable(), notes, warnings, problems };
}

const notes = [
  `Agents: one script of ${script.length} answers for all: 7 looks; 7 times a search, 30 lines of a file, an edit, tests that print 200 lines, git; a file, diffs, a commit, the end. Told once, since it is the same every time.`,
  'Tokens: o200k_base over names, descriptions, inputs, texts and results; 245 and 700 for Anthropic’s own shell and editor. The cache by Anthropic’s rules: breakpoints, 20 blocks back, the exact beginning. Prices: the model’s list, without what it wrote.',
  `Long: ${longScript.length - 2} outputs of 27 KB with ${scripts.long.model}. The outputs that are too large are those of the request that follows them.`,
];

/** @returns a sentence where it couldn't be played to its end */
async function playScript(
  name: ScriptName,
  { name: agent, speak, run }: Agent,
  vendor: Child<VendorAnswers>,
  vendorUrl: string,
): Promise<Figures | string> {
  const { answers, model } = scripts[name];
  await vendor.ask(
    'play',
    answers.map(({ text, wish }) => ({ text, call: speak(wish) })),
  );
  await run(vendorUrl, model);
  const requests = await vendor.ask('requests');
  if (requests.length < answers.length) return `${agent} sent ${requests.length} requests of ${name}.`;
  const failed = requests.filter(({ isLastError }) => isLastError).length;
  if (failed > 0) return `${failed} calls of ${name} failed with ${agent}.`;
  return figuresOf[name](requests, model);
}

const uncachedOf = (requests: readonly CountedRequest[]): number =>
  sum(requests.map(({ tokens, cachedTokens }) => tokens - cachedTokens));

const dollarsOf = (requests: readonly CountedRequest[], model: string): number =>
  sum(
    requests.map(({ tokens, cachedTokens, cacheWriteTokens }) =>
      costOf({ inputTokens: tokens, cachedTokens, cacheWriteTokens, outputTokens: 0 }, pricesOf(model)),
    ),
  );

const figuresOf: Record<ScriptName, (requests: readonly CountedRequest[], model: string) => Figures> = {
  script: (requests, model) => ({
    [figures.input]: sum(requests.map(({ tokens }) => tokens)),
    [figures.uncached]: uncachedOf(requests),
    [figures.cost]: dollarsOf(requests, model),
    [figures.first]: requests[0]?.tokens ?? 0,
    [figures.tools]: requests[0]?.toolTokens ?? 0,
  }),
  long: (requests, model) => ({
    [figures.longCost]: dollarsOf(requests, model),
    [figures.longUncached]: uncachedOf(requests),
  }),
  large: (requests) =>
    Object.fromEntries(
      Object.keys(largeOutputs).map((name, at) => [figureOfOutput(name), requests[at + 2]?.lastTokens ?? 0]),
    ),
};

const compareWith = (
  samples: Samples<string>,
  referenceName: string,
  { figure, unit, most }: { figure: string; unit: string; most: number },
): Row =>
  rowOf(samples.get('ours', figure), samples.get(referenceName, figure), {
    name: figure,
    unit,
    referenceName,
    referenceKind: 'alternative',
    reach: { of: 'ours', bound: 'at most', value: most },
  });

const makeOurRun =
  (checkout: string): Agent['run'] =>
  (vendorUrl, model) =>
    runOurs({ checkout, vendorUrl, task, model });

async function preparePeers({ progress }: ScenarioOptions, warnings: string[]): Promise<Agent[]> {
  const agents: Agent[] = [];
  for (const peer of peers) {
    progress(`installing ${peer.name} ${peer.version}, where it isn't yet`);
    try {
      const installed = await installPeer(peer);
      agents.push({ name: peer.name, speak: peer.speak, run: makePeerRun(peer, installed) });
    } catch (error) {
      warnings.push(`${peer.name} could not be installed here, so it is left out: ${(error as Error).message}`);
    }
  }
  return agents;
}

/** Each run has a home and a repository of its own. */
const makePeerRun =
  (peer: Peer, installed: string): Agent['run'] =>
  async (vendorUrl, model) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lucid-bench-agent-'));
    const [home, project] = [path.join(folder, 'home'), path.join(folder, 'ledger')];
    mkdirSync(home);
    makeProject(project);
    try {
      await peer.run({ installed, home, project, vendorUrl, task, model });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
