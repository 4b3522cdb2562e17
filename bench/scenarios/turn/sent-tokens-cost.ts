// Tokens that a long task sends to its provider, and what they cost: with and without the provider's cache and shortening.
import { costOf } from '../../../actors/models/cost.ts';
import { makePrintCommand } from '../../sandboxes/printing.ts';
import { type Figures, Samples, type ScenarioOptions, type ScenarioResult } from '../../scenario.ts';
import type { SentTokens } from '../../stand-ins/provider/sent-tokens.ts';
import { sum } from '../../statistics.ts';
import { pricesOf } from './prices.ts';
import { TaskStage } from './task-stage.ts';

const steps = 50;
/** As much as a model reads whole. */
const outputBytes = 11_500;

/** The task fits into one model's window and not into the other's; their prices have the same ratios. */
const models = { large: 'claude-sonnet-4-6', small: 'claude-haiku-4-5' };

const variants = {
  plain: { model: models.large, isCached: false },
  cached: { model: models.large, isCached: true },
  shortened: { model: models.small, isCached: false },
  'cached and shortened': { model: models.small, isCached: true },
};
type Variant = keyof typeof variants;

const task = {
  provider: 'anthropic' as const,
  commands: Array.from({ length: steps }, (_, step) => `: ${step + 1}; ${makePrintCommand(outputBytes)}`),
  output: /^x+\n\[… \d+ .*…\]\nx+$/,
};

export async function measureTokensSent({ checkout, progress, isQuick }: ScenarioOptions): Promise<ScenarioResult> {
  if (isQuick) return { rows: [], figures: {}, notes: ['Tokens: not in a quick run.'], warnings: [], problems: [] };
  const requests: Record<string, SentTokens[]> = {};
  for (const model of Object.values(models)) {
    progress(`${steps} steps with ${model}`);
    requests[model] = await collectRequests(checkout, model);
  }
  const samples = new Samples<Variant>();
  const plain = countTokens(requests, 'plain');
  for (const variant of Object.keys(variants) as Variant[])
    samples.add(variant, figuresOf(countTokens(requests, variant), plain));
  return { rows: [], figures: samples.makeTable(), notes, warnings: [], problems: [] };
}

const notes = [
  `Tokens: ${steps} commands that print ${outputBytes.toLocaleString('en')} bytes each, then the end; told once, since it is the same every time. Estimated as the engine does, at 3.5 bytes of JSON a token. No reach is set.`,
  `Plain and cached: ${models.large}, whose window of a million tokens the task does not fill. Shortened: ${models.small} with 200,000; old observations are cut to 1,200 characters, in large steps.`,
  "Cached: what a request has up to a breakpoint of its own that an earlier request had set at the same place. Paid: in tokens of the model's fresh input; reading the cache costs 0.1 of it, writing 1.25. Without a cache every token is fresh.",
];

/** Each model has an engine of its own, since the model is the engine's setting. */
async function collectRequests(checkout: string, model: string): Promise<SentTokens[]> {
  const stage = await TaskStage.open(checkout, steps + 1, { ANTHROPIC_MODEL: model });
  const { sent } = await stage.play(task);
  await stage.close();
  return sent;
}

type TokenCounts = { requests: number; longestTokens: number; sentTokens: number; paidTokens: number };

/** The price of all requests is given in tokens of fresh input. */
function countTokens(requestsByModel: Record<string, SentTokens[]>, variant: Variant): TokenCounts {
  const { model, isCached } = variants[variant];
  const requests = requestsByModel[model] ?? [];
  const prices = pricesOf(model);
  const fresh = { outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };
  const costs = requests.map(({ tokens, ...cache }) =>
    costOf({ inputTokens: tokens, ...fresh, ...(isCached && cache) }, prices),
  );
  const tokens = requests.map((request) => request.tokens);
  return {
    requests: requests.length,
    longestTokens: Math.max(...tokens),
    sentTokens: sum(tokens),
    paidTokens: sum(costs) / costOf({ inputTokens: 1, ...fresh }, prices),
  };
}

const figuresOf = (counts: TokenCounts, plain: TokenCounts): Figures => ({
  requests: counts.requests,
  'tokens of the longest request, thousands': counts.longestTokens / 1_000,
  'tokens sent, thousands': counts.sentTokens / 1_000,
  'tokens sent, ratio to plain': counts.sentTokens / plain.sentTokens,
  'tokens paid, thousands': counts.paidTokens / 1_000,
  'tokens paid, ratio to plain': counts.paidTokens / plain.paidTokens,
});
