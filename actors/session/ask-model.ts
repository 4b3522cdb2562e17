// Asks the model for its next answer, with as much of the conversation as it can read: older parts shortened, then summed up.
import type { StoredEvent } from '../../schema/event.ts';
import { costOf } from '../models/cost.ts';
import {
  type AnswerOptions,
  type AnswerResult,
  type ContextEntry,
  type Model,
  type ModelFailure,
  noTokens,
  type TokenCount,
  type ToolDescription,
} from '../models/model.ts';
import { boundImages, loadImages } from '../models/shown-images.ts';
import type { TooLong } from '../models/too-long.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { fitConversation, isDueForSummary, tokensOf, tokensOfText } from './compaction.ts';
import { createSummaryRequest } from './summary.ts';
import { planSummary } from './summary-plan.ts';

/** `events`: what the conversation was read from; `through`: the sequence of the last of them. */
type ReadConversation = { context: readonly ContextEntry[]; events: readonly StoredEvent[]; through: number };

export type AskDependencies = {
  model: Model;
  system: string;
  tools: readonly ToolDescription[];
  signal: AbortSignal;
  /** The conversation so far, with every message that has come in by now; marks them read. */
  readConversation(): ReadConversation;
  /** The bytes of a kept picture as base64; undefined where they are gone. */
  loadImage(digest: string): Promise<string | undefined>;
  recordEvent(recorded: ToolEvent): unknown;
  onDelta: AnswerOptions['onDelta'];
  onRetry: NonNullable<AnswerOptions['onRetry']>;
  permits?: AnswerOptions['permits'];
  onRateWait?: AnswerOptions['onRateWait'];
  /** Is told of every request that cost tokens, whatever it came to. */
  onSpent(tokens: TokenCount): void;
};

/** Tries of one step: the estimate of tokens can be too low, and then less is sent. */
const askTriesMax = 4;
/** How much of a refused request is sent next: without a number from the provider, and of the number that it gives. */
const blindShrink = 0.6;
const countedShrink = 0.9;

/** The conversation's share of what a model takes; the rest is for its answer. */
const conversationShare = 0.85;

export type AskResult = { result: AnswerResult; readThrough: number };

/** The estimated tokens that a model took after it had refused more: the next step begins with that. */
const learnedTokensMax = new WeakMap<Model, number>();

const cancelledAsk: AskResult = { result: { kind: 'cancelled' }, readThrough: 0 };

export async function askModel(dependencies: AskDependencies): Promise<AskResult> {
  const { model, system, tools } = dependencies;
  const fixedTokens = tokensOfText(system) + countToolTokens(tools);
  const tokensMax = requestTokensMaxOf(model) * conversationShare - fixedTokens;
  let asked = cancelledAsk;
  let budget = Math.min(tokensMax, learnedTokensMax.get(model) ?? tokensMax);
  const shrink = (refused: number, { tooLong }: ModelFailure) => {
    budget = Math.min(budget, refused) * shrinkFactorOf(tooLong);
    learnedTokensMax.set(model, budget);
  };
  let refusedTokens = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < askTriesMax; tries++) {
    if (dependencies.signal.aborted) return cancelledAsk; // A message read now would be in no request.
    let read = dependencies.readConversation();
    if (isDueForSummary(read.context, budget)) {
      const problem = await recordSummary(read, dependencies, budget);
      if (problem && isTooLong(problem)) {
        asked = { result: problem, readThrough: 0 };
        shrink(budget, problem);
        continue;
      }
      if (problem) return { result: problem, readThrough: 0 };
      if (dependencies.signal.aborted) return cancelledAsk;
      read = dependencies.readConversation();
    }
    const { context, through: readThrough } = read;
    const sent = boundImages(fitConversation(context, budget));
    // There is nothing left to leave out, and the same request would be refused again.
    if (refusedTokens < Number.POSITIVE_INFINITY && tokensOf(sent) >= refusedTokens) break;
    const shown = await loadImages(sent, dependencies.loadImage);
    const result = await model.answer({ system, tools, context: shown }, dependencies);
    if (result.kind === 'answered') dependencies.onSpent(result.answer.usage);
    asked = { result, readThrough };
    if (!isTooLong(result)) break;
    refusedTokens = tokensOf(sent);
    shrink(refusedTokens, result);
  }
  return asked;
}

/** From this many times the price on, for everything of a longer request, no request is made so long. */
const cliffRatioMin = 1.5;

/** What a model takes, or what it takes before its price jumps: to sum up is cheaper than to go on above that. */
export function requestTokensMaxOf({ contextTokensMax, prices }: Pick<Model, 'contextTokensMax' | 'prices'>): number {
  const { long } = prices ?? {};
  const isCliff = prices && long && long.input >= cliffRatioMin * prices.input;
  return isCliff ? Math.min(contextTokensMax, long.aboveTokens) : contextTokensMax;
}

/** What a request would cost if nothing of it were in the provider's cache, its answer left out; 0 where no price is known. */
export function estimateUsd({
  model,
  system,
  toolSet,
  peekConversation,
}: Pick<AskDependencies, 'model' | 'system'> & {
  toolSet: { described: readonly ToolDescription[] };
  peekConversation(): readonly ContextEntry[];
}): number {
  if (!model.prices) return 0;
  const tokens = tokensOfText(system) + countToolTokens(toolSet.described) + tokensOf(peekConversation());
  return costOf({ ...noTokens, inputTokens: Math.min(tokens, requestTokensMaxOf(model)) }, model.prices);
}

const isTooLong = (result: AnswerResult): result is ModelFailure =>
  result.kind === 'failed' && result.code === 'contextTooLong';

/** @returns a factor below 1 for what was refused */
function shrinkFactorOf({ sent = 0, max = 0 }: TooLong = {}): number {
  return sent > max && max > 0 ? Math.min(countedShrink, (countedShrink * max) / sent) : blindShrink;
}

/** Counted once for each provider: encoding the tools takes longer than the rest of a step. */
const tokensByTools = new WeakMap<readonly ToolDescription[], number>();

function countToolTokens(tools: readonly ToolDescription[]): number {
  const known = tokensByTools.get(tools);
  if (known !== undefined) return known;
  const tokens = tokensOfText(JSON.stringify(tools));
  tokensByTools.set(tools, tokens);
  return tokens;
}

/** @returns what went wrong; undefined for a recorded summary */
async function recordSummary(
  read: ReadConversation,
  dependencies: AskDependencies,
  tokensMax: number,
): Promise<AnswerResult | undefined> {
  const options = { ...dependencies, onDelta: () => undefined };
  const result = await dependencies.model.answer(createSummaryRequest(read.context, tokensMax), options);
  if (result.kind === 'cancelled') return cancelledAsk.result; // A part of a summary is no answer to show.
  if (result.kind === 'failed') return result;
  dependencies.onSpent(result.answer.usage);
  const { text } = result.answer;
  if (text.trim() === '') return { kind: 'failed', code: 'malformed', message: 'The model gave no summary.' };
  dependencies.recordEvent({
    eventType: 'CondensationAction',
    content: text,
    metadata: planSummary(read.context, read, tokensMax),
  });
  return undefined;
}
