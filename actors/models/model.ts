// The interface of a model: instructions, tools and what has been said and done so far in, one answer out.
import type { ToolCall, Usage } from '../../schema/event.ts';
import type { KeptImage } from '../../schema/image.ts';
import type { PermitSource } from '../permits/host-permits.ts';
import type { TooLong } from './too-long.ts';

/**
 * What a model thought before or while it answered. `text` is empty where the provider keeps it to itself.
 * `signature` is the provider's own, given back to it as it came. `behind`: where the thought stood in its answer, after so
 * many characters of the text and so many calls; absent before both. A provider may refuse thoughts that were moved.
 */
export type Thought = { text: string; signature?: string; behind?: { chars: number; calls: number } };

/** A picture that a model is shown; its bytes are put in just before a request is made. */
export type ModelImage = KeptImage & { dataBase64?: string };

/** What a model reads and sees at once. */
export type Shown = { text: string; images?: readonly ModelImage[] };

/** What came of a call. */
export type Observed = Shown & { isError: boolean };

/** A call and what came of it. `hasWaited`: time passed before the result, as where an agent waits for something. */
export type AnsweredCall = { call: ToolCall; observation: Observed; hasWaited?: true };

/**
 * One entry of the conversation, in order. A `summary` stands for everything before it; a `notice` is the engine's word to
 * the model, `knowledge` what it found of the project, which no summary stands for. An `answer` is one of the model, whole, so that it can be given back to its provider as it was.
 */
export type ContextEntry =
  | ({ kind: 'user' } & Shown)
  | { kind: 'summary'; text: string }
  | { kind: 'notice'; text: string }
  | { kind: 'knowledge'; text: string }
  | { kind: 'answer'; thoughts: Thought[]; text: string; calls: AnsweredCall[] };

/** What the system prompt names a tool for. */
export type ToolPurpose = 'search' | 'read' | 'edit' | 'shell' | 'finish';

export type ToolDescription = {
  name: string;
  description: string;
  /** JSON Schema of the input. */
  inputSchema: Record<string, unknown>;
  purposes?: readonly ToolPurpose[];
};

export type ModelRequest = {
  system: string;
  context: readonly ContextEntry[];
  /** Empty where the model is only to write, as for a summary. */
  tools: readonly ToolDescription[];
};

/** A fragment of an answer while it is written; never stored. Of a call it is a part of the JSON of its input, or nothing yet. */
export type Delta =
  | { kind: 'text' | 'thought'; text: string }
  | { kind: 'call'; text: string; call: Pick<ToolCall, 'id' | 'name'> };

export type AnswerOptions = {
  signal: AbortSignal;
  onDelta(delta: Delta): void;
  /** Where requests with the same key wait for each other. */
  permits?: PermitSource | undefined;
  /** Is told that a request waits for the provider's limits, and how long at least; 0 once it is sent. */
  onRateWait?: ((waitMs: number) => void) | undefined;
  /** Is told of each request that came to no answer and cost tokens all the same. */
  onSpent?(tokens: TokenCount): void;
  /** Is told that the provider will be asked again, and why: people who wait should know. */
  onRetry?(retry: { code: ModelErrorCode; waitMs: number; attempt: number }): void;
};

/** `input`: all that was read, `cached` of it from the provider's cache, `cacheWrite` of it written there. */
export type TokenCount = Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'cacheWriteTokens'>;

export const noTokens: TokenCount = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };

export type Answer = {
  thoughts: Thought[];
  /** What the model says besides its calls; empty for nothing. */
  text: string;
  toolCalls: ToolCall[];
  usage: TokenCount;
  /**
   * `cut`: the answer ran into the provider's limit of output; a call that was cut off is not among its calls.
   * `noSuchTool`: it called a tool that was not offered, and the provider keeps that call to itself.
   */
  stop: 'done' | 'toolCalls' | 'cut' | 'refused' | 'noSuchTool';
  /** With `noSuchTool`: what it called, where the provider says so. */
  calledName?: string;
};

/** All kinds of failures of requests to a provider; `model-errors.ts` says what each means and whether to try again. */
export type ModelErrorCode =
  | 'auth'
  | 'quota'
  | 'rateLimited'
  | 'overloaded'
  | 'contextTooLong'
  | 'badRequest'
  | 'network'
  | 'silent'
  | 'malformed';

export type ModelFailure = {
  kind: 'failed';
  code: ModelErrorCode;
  message: string;
  /** With `contextTooLong`: the provider's own count, as far as it gave one. */
  tooLong?: TooLong;
};

/** What there was of an answer when it was cut short. `cutCalls`: the names of its calls, whole or not, which are not run. */
export type PartialAnswer = Pick<Answer, 'thoughts' | 'text'> & { cutCalls?: string[] };

export type AnswerResult =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'cancelled'; partial?: PartialAnswer }
  | ModelFailure;

/** In US dollars for a million tokens. */
export type Rates = { input: number; output: number; cached: number; cacheWrite: number };

/** `long`: what everything of a request costs whose input has more than `aboveTokens`. */
export type Prices = Rates & { long?: Rates & { aboveTokens: number } };

export interface Model {
  /** As `GET /` shows it: `anthropic/…`. */
  readonly name: string;
  /** How many tokens a request and its answer may have together. */
  readonly contextTokensMax: number;
  /** Steps of one turn, where a model ends by itself; otherwise MAX_ITERATIONS ends it. */
  readonly stepsMax?: number;
  /** Absent where they aren't known. */
  readonly prices?: Prices;
  answer(request: ModelRequest, options: AnswerOptions): Promise<AnswerResult>;
}
