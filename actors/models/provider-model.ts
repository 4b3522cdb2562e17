// A model of a provider: one request at a time, watched, asked again where that helps, and cancelled at once.
import type { Effort } from '../../schema/choice.ts';
import { Draft, type DraftBounds } from './draft.ts';
import { canBeSent } from './key.ts';
import { type KnownModel, unknownContextTokensMax } from './known-models.ts';
import {
  type AnswerOptions,
  type AnswerResult,
  type Model,
  type ModelFailure,
  type ModelRequest,
  noTokens,
  type Prices,
  type TokenCount,
} from './model.ts';
import { hideKeys, makeAskFailure, makeUnusableKeyFailure, modelRetryWaitMsMax, removeKey } from './model-errors.ts';
import { type RequestPermit, takeRequestPermit } from './request-permit.ts';
import { type AskResult, askWithRetries } from './retry.ts';
import { describeImages, listImages } from './shown-images.ts';
import { Watchdog, type WatchdogTimes } from './watchdog.ts';

/** Characters of one answer: thoughts, text and calls. Many times what its tokens can come to. */
const answerCharsMax = 2 * 1024 * 1024;
/** Calls in one answer; models ask for a handful at once. */
const answerCallsMax = 64;
/** How long until a model begins to answer: it reads a million tokens in about a minute. */
const modelFirstSignTimeoutMs = 120_000;
/** How long between two parts of an answer: some models think without showing it, and send only pings meanwhile. */
const modelNextSignTimeoutMs = 180_000;
/** How long a stream may stay open after its answer was complete; then the connection isn't kept. */
const modelStreamEndTimeoutMs = 1_000;

/** What a provider gets for one request. */
type AskOptions = {
  /** Ends the request at once. */
  signal: AbortSignal;
  /** Takes what the provider sends. */
  draft: Draft;
  /** Takes the headers of an answer or a refusal, which may tell what is left of the provider's limits. */
  noteHeaders(headers: Headers): void;
  /** Whether the thoughts in the conversation are given back. */
  givesThoughts: boolean;
  /** Whether the model is asked to think, where it can. */
  thinks: boolean;
  /** How much; absent for as much as the provider finds right. */
  effort?: Effort;
};

/** Makes one request to a provider. Failures of the provider are results; a bug of the engine throws. */
export type Ask = (request: ModelRequest, asking: AskOptions) => Promise<AskResult>;

export type ModelBounds = DraftBounds & WatchdogTimes & { retryWaitMsMax: number };

const modelBounds: ModelBounds = {
  answerCharsMax: answerCharsMax,
  answerCallsMax: answerCallsMax,
  firstSignTimeoutMs: modelFirstSignTimeoutMs,
  nextSignTimeoutMs: modelNextSignTimeoutMs,
  streamEndTimeoutMs: modelStreamEndTimeoutMs,
  retryWaitMsMax: modelRetryWaitMsMax,
};

export type ProviderModelDependencies = {
  /** As people see it: `anthropic/…`. */
  name: string;
  apiKey: string;
  /** What keys begin with, so that no message shows one that it quotes. */
  keyPrefixes: readonly string[];
  /** Undefined for a model that nobody has listed. */
  known: KnownModel | undefined;
  effort?: Effort | undefined;
  /** Called once, when the model is first asked: a provider's package takes time and memory. */
  load(): Promise<Ask>;
  bounds?: Partial<ModelBounds>;
};

/** The draft of the request that runs, or that was cut short. */
type Attempt = { draft?: Draft };

export class ProviderModel implements Model {
  readonly name: string;
  readonly contextTokensMax: number;
  readonly prices?: Prices;
  readonly #apiKey: string;
  readonly #keyPrefixes: readonly string[];
  readonly #effort: Effort | undefined;
  readonly #load: () => Promise<Ask>;
  readonly #bounds: ModelBounds;
  #ask: Promise<Ask> | undefined;
  /** False once the provider refused a picture: what it refuses once it would refuse with every later message. */
  #seesImages: boolean;
  /** By its last answer. */
  #used: TokenCount = noTokens;
  /** False once the provider refused its own thoughts: later ones build on earlier ones. */
  #givesThoughts = true;
  /** False once the provider refused a request that asks the model to think. */
  #thinks = true;

  constructor({ name, apiKey, keyPrefixes, known, effort, load, bounds }: ProviderModelDependencies) {
    this.name = name;
    this.contextTokensMax = known?.contextTokensMax ?? unknownContextTokensMax;
    if (known?.prices) this.prices = known.prices;
    this.#seesImages = known?.seesImages ?? true;
    this.#apiKey = apiKey;
    this.#keyPrefixes = keyPrefixes;
    this.#effort = effort;
    this.#load = load;
    this.#bounds = { ...modelBounds, ...bounds };
  }

  async answer(request: ModelRequest, options: AnswerOptions): Promise<AnswerResult> {
    if (this.#apiKey !== '' && !canBeSent(this.#apiKey)) return makeUnusableKeyFailure();
    this.#ask ??= this.#load();
    const ask = await this.#ask;
    const attempt: Attempt = {};
    const result = await askWithRetries(() => this.#askWithThoughts(ask, request, options, attempt), {
      ...options,
      waitMsMax: this.#bounds.retryWaitMsMax,
    });
    if (result.kind === 'cancelled' && attempt.draft) {
      reportSpent(attempt.draft, options);
      return { ...result, partial: attempt.draft.partial };
    }
    if (result.kind !== 'failed') return result;
    return { ...result, message: hideKeys(removeKey(result.message, this.#apiKey), this.#keyPrefixes) };
  }

  /**
   * Thoughts are bound to the conversation that they came from, to the key and to the model. A summary, another key or
   * another model make a provider refuse them; then the conversation goes on without them.
   */
  async #askWithThoughts(
    ask: Ask,
    request: ModelRequest,
    options: AnswerOptions,
    attempt: Attempt,
  ): Promise<AskResult> {
    let result = await this.#askOnce(ask, request, options, attempt);
    while (this.#dropRefused(result, request)) result = await this.#askOnce(ask, request, options, attempt);
    return result;
  }

  /** Drops what the provider refuses: thoughts, thinking and pictures once each. */
  #dropRefused(result: AskResult, { context }: ModelRequest): boolean {
    if (result.kind !== 'failed') return false;
    if (this.#seesImages && isAboutImages(result) && listImages(context).length > 0) {
      this.#seesImages = false;
      return true;
    }
    if (result.refusesThoughts && this.#givesThoughts) {
      this.#givesThoughts = false;
      return true;
    }
    const givesIn = result.refusesThinking === true && this.#thinks;
    if (givesIn) this.#thinks = false;
    return givesIn;
  }

  /** @returns undefined where it was cancelled before the request may be sent */
  #takePermit(request: ModelRequest, options: AnswerOptions): Promise<RequestPermit | undefined> {
    return takeRequestPermit({ name: this.name, apiKey: this.#apiKey, used: this.#used }, request, options);
  }

  async #askOnce(ask: Ask, request: ModelRequest, options: AnswerOptions, attempt: Attempt): Promise<AskResult> {
    const { signal, onDelta } = options;
    const permit = await this.#takePermit(request, options);
    if (permit === undefined) return { kind: 'cancelled' };
    const watchdog = new Watchdog(this.#bounds, signal);
    const draft = new Draft(
      { ...this.#bounds, callIds: listCallIds(request) },
      {
        onDelta: (delta) => {
          if (!signal.aborted) onDelta(delta);
        },
        onSign: () => {
          permit.noteTaken();
          watchdog.noteSign();
        },
        onComplete: () => watchdog.noteComplete(),
      },
    );
    attempt.draft = draft;
    try {
      const effort = this.#effort && { effort: this.#effort };
      const means = { givesThoughts: this.#givesThoughts, thinks: this.#thinks, ...effort };
      const shown = this.#seesImages ? request : { ...request, context: describeImages(request.context) };
      const { noteHeaders } = permit;
      const result = await ask(shown, { signal: watchdog.signal, draft, noteHeaders, ...means });
      permit.noteResult(result, this.#bounds.retryWaitMsMax);
      if (result.kind === 'answered') this.#used = result.answer.usage;
      if (signal.aborted) return result.kind === 'answered' ? result : { kind: 'cancelled' };
      delete attempt.draft;
      if (result.kind === 'answered') return result;
      reportSpent(draft, options);
      return watchdog.isSilent ? makeAskFailure('silent') : result;
    } finally {
      permit.end();
      watchdog.stopWatching();
    }
  }
}

/** Words of providers and of servers that know text alone. */
const isAboutImages = ({ code, message }: ModelFailure): boolean =>
  code === 'badRequest' &&
  /image|vision|multi-?modal|media.?type|content.?part|content must be a string/i.test(message);

const listCallIds = ({ context }: ModelRequest): string[] =>
  context.flatMap((entry) => (entry.kind === 'answer' ? entry.calls.map(({ call }) => call.id) : []));

function reportSpent({ spentTokens }: Draft, { onSpent }: AnswerOptions): void {
  if (spentTokens) onSpent?.(spentTokens);
}
