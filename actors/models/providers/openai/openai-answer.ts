// The chunks of one answer, checked and put together: OpenAI's, and those of servers that leave out or add something.
import * as v from 'valibot';
import type { Draft } from '../../draft.ts';
import { noTokens, type TokenCount } from '../../model.ts';
import { makeAskFailure } from '../../model-errors.ts';
import type { AskResult } from '../../retry.ts';
import { CallPiece, OpenAiCalls } from './openai-calls.ts';
import { type ErrorBody, readOpenAiError } from './openai-failure.ts';
import { detailsSignatureOf, fieldSignatureOf, thoughtFields } from './openai-request.ts';
import { type SplitText, ThinkTags } from './think-tags.ts';
import { ThoughtDetails } from './thought-details.ts';

const count = v.nullish(v.pipe(v.number(), v.minValue(0)), 0);
const text = v.nullish(v.string(), '');

const Message = v.object({
  /** Some servers send parts in place of the text. */
  content: v.nullish(v.union([v.string(), v.array(v.looseObject({ text }))]), ''),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  reasoning_details: v.nullish(v.array(v.record(v.string(), v.unknown())), []),
  tool_calls: v.nullish(v.array(CallPiece), []),
});

const Usage = v.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: v.nullish(v.object({ cached_tokens: count, cache_write_tokens: count })),
  /** DeepSeek's. */
  prompt_cache_hit_tokens: count,
});

const Chunk = v.object({
  choices: v.nullish(
    v.array(
      v.object({
        delta: v.nullish(Message),
        /** The whole answer, of a server that doesn't stream. */
        message: v.nullish(Message),
        finish_reason: v.nullish(v.string()),
      }),
    ),
  ),
  usage: v.nullish(Usage),
  error: v.nullish(v.unknown()),
});

/** The reasons to stop before the end; servers have others for having said everything. */
const cuts: Record<string, 'cut' | 'refused'> = {
  length: 'cut',
  max_tokens: 'cut',
  content_filter: 'refused',
};

/** An average of English and code. */
const charsPerToken = 3.5;

export const estimateTokens = (chars: number): number => Math.ceil(chars / charsPerToken);

export type OpenAiAnswerOptions = { model: string; requestChars: number };

export class OpenAiAnswerReader {
  readonly #draft: Draft;
  readonly #model: string;
  readonly #estimatedInput: number;
  readonly #calls: OpenAiCalls;
  #thoughtField: string | undefined;
  readonly #details = new ThoughtDetails();
  readonly #tags = new ThinkTags();
  #isInTags = false;
  #finishReason: string | undefined;
  #isRefused = false;
  #usage: TokenCount | undefined;
  #chars = 0;

  /** @param options `requestChars`: how long the request was, for servers that don't count its tokens */
  constructor(draft: Draft, { model, requestChars }: OpenAiAnswerOptions) {
    this.#draft = draft;
    this.#calls = new OpenAiCalls((given) => draft.takeCallId(given));
    this.#model = model;
    this.#estimatedInput = estimateTokens(requestChars);
  }

  /** @returns a failure, which ends the request */
  readChunk(input: unknown): AskResult | undefined {
    const parsed = v.safeParse(Chunk, input);
    if (!parsed.success) return makeAskFailure('malformed', 'a chunk of another shape');
    const { choices, usage, error } = parsed.output;
    if (error) return readOpenAiError(error as ErrorBody, { model: this.#model });
    if (!choices && !usage) return makeAskFailure('malformed', 'a chunk of another shape');
    const [choice] = choices ?? [];
    const message = choice?.delta ?? choice?.message;
    if (message) this.#takeMessage(message);
    this.#finishReason = choice?.finish_reason ?? this.#finishReason;
    if (usage) this.#setUsage(usage);
    return this.#draft.problem;
  }

  /**
   * Called when the stream has ended: usage may come after the reason to finish.
   * @param isComplete whether the server said that it has sent everything
   */
  finishAnswer(isComplete: boolean): AskResult {
    const reason = this.#finishReason;
    if (reason === undefined && !isComplete && !this.#usage) return makeAskFailure('network', 'the answer broke off');
    if (reason === 'error') return makeAskFailure('overloaded', 'the model stopped with an error');
    this.#addText(this.#tags.endText());
    const cut = this.#isRefused ? 'refused' : cuts[reason ?? ''];
    const { calls, brokenName } = this.#calls.readCalls(cut === 'cut');
    if (brokenName !== undefined)
      return makeAskFailure('malformed', `the input of the tool call ${brokenName} is no JSON object`);
    this.#addDetails();
    for (const call of calls) this.#draft.addCall(call);
    return this.#draft.problem ?? { kind: 'answered', answer: this.#draft.completeAnswer(this.#countTokens(), cut) };
  }

  /** Whether the answer is whole, even where its stream doesn't end. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined;
  }

  #takeMessage(message: v.InferOutput<typeof Message>): void {
    const field = thoughtFields.find((name) => message[name] !== '');
    if (field) this.#addThought(field, message[field]);
    for (const piece of message.reasoning_details) this.#addHidden(this.#details.addPiece(piece));
    const { content } = message;
    const said = typeof content === 'string' ? content : content.map((part) => part.text).join('');
    this.#addText(this.#tags.addText(said));
    this.#addText([{ kind: 'text', text: message.refusal }]);
    this.#isRefused ||= message.refusal !== '';
    for (const piece of message.tool_calls) this.#addCallPiece(piece);
    if (!this.#usage && this.#chars > 0) this.#draft.setTokens(this.#countTokens());
  }

  #addText(parts: readonly SplitText[]): void {
    for (const { kind, text } of parts) {
      if (text === '') continue;
      this.#chars += text.length;
      if (kind === 'thought' && !this.#isInTags) this.#draft.beginThought();
      this.#isInTags = kind === 'thought';
      this.#thoughtField = undefined;
      if (kind === 'thought') this.#draft.addThoughtText(text);
      else this.#draft.addText(text);
    }
  }

  #addThought(field: (typeof thoughtFields)[number], thought: string): void {
    if (this.#thoughtField !== field) {
      this.#draft.beginThought();
      this.#draft.addSignature(fieldSignatureOf(field));
    }
    this.#thoughtField = field;
    this.#chars += thought.length;
    this.#draft.addThoughtText(thought);
  }

  #addCallPiece(piece: CallPiece): void {
    const { call, text } = this.#calls.addPiece(piece);
    const nameChars = piece.function?.name.length ?? 0;
    this.#addHidden(nameChars);
    this.#chars += text.length;
    this.#draft.addCallText({ id: call.id, name: call.name }, text);
  }

  #addHidden(chars: number): void {
    this.#chars += chars;
    this.#draft.addHidden(chars);
  }

  /** Keeps a server's details of its thoughts as a thought without text. */
  #addDetails(): void {
    const { whole } = this.#details;
    if (whole.length === 0) return;
    this.#draft.beginThought();
    this.#draft.addSignature(detailsSignatureOf(whole));
  }

  /** xAI leaves what was thought out of the answer's count, and not out of the total. */
  #setUsage(usage: v.InferOutput<typeof Usage>): void {
    const inputTokens = usage.prompt_tokens;
    const { cached_tokens = 0, cache_write_tokens = 0 } = usage.prompt_tokens_details ?? {};
    const cachedTokens = Math.min(inputTokens, Math.max(cached_tokens, usage.prompt_cache_hit_tokens));
    this.#usage = {
      inputTokens,
      outputTokens: Math.max(usage.completion_tokens, usage.total_tokens - inputTokens),
      cachedTokens,
      cacheWriteTokens: Math.min(inputTokens - cachedTokens, cache_write_tokens),
    };
    this.#draft.setTokens(this.#usage);
  }

  /** An estimate until the server counts, which it does at the end, if at all. */
  #countTokens(): TokenCount {
    const outputTokens = estimateTokens(this.#chars);
    return this.#usage ?? { ...noTokens, inputTokens: this.#estimatedInput, outputTokens };
  }
}
