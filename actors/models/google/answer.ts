// Gemini's chunks of one answer, checked and put together.
import * as v from 'valibot';
import { newId } from '../../new-id.ts';
import type { Draft } from '../draft.ts';
import { type AskFailure, askFailure } from '../errors.ts';
import type { TokenCount } from '../model.ts';
import type { AskResult } from '../retry.ts';
import { failureOfStatus } from './failure.ts';
import { ownId } from './request.ts';

const count = v.optional(v.pipe(v.number(), v.minValue(0)), 0);
const Part = v.object({
  text: v.optional(v.string()),
  thought: v.optional(v.boolean(), false),
  thoughtSignature: v.optional(v.string()),
  functionCall: v.optional(
    v.object({
      id: v.optional(v.string()),
      name: v.pipe(v.string(), v.minLength(1)),
      args: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
  ),
});
type Part = v.InferOutput<typeof Part>;

const Chunk = v.object({
  candidates: v.optional(
    v.array(
      v.object({
        content: v.optional(v.object({ parts: v.optional(v.array(Part), []) })),
        finishReason: v.optional(v.string()),
      }),
    ),
    [],
  ),
  promptFeedback: v.optional(v.object({ blockReason: v.optional(v.string()) })),
  usageMetadata: v.optional(
    v.object({
      promptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      cachedContentTokenCount: count,
    }),
  ),
  error: v.optional(v.object({ code: v.optional(v.number(), 500), message: v.optional(v.string(), '') })),
});

/** Reasons to end that are about what the answer says; `OTHER` is the vendor's word for not saying which. */
const refusals = new Set([
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'OTHER',
  'IMAGE_SAFETY',
]);

export class AnswerReader {
  readonly #draft: Draft;
  readonly #model: string;
  readonly #ids = new Set<string>();
  #isThinking = false;
  #finishReason: string | undefined;
  #usage: TokenCount = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };

  constructor(draft: Draft, model: string) {
    this.#draft = draft;
    this.#model = model;
  }

  /** @returns a failure, which ends the request */
  read(input: unknown): AskFailure | undefined {
    const parsed = v.safeParse(Chunk, input);
    if (!parsed.success) return askFailure('malformed', 'a chunk of another shape');
    const { candidates, promptFeedback, usageMetadata, error } = parsed.output;
    if (error) return failureOfStatus(error.code, error.message, [], this.#model);
    const [candidate] = candidates;
    for (const part of candidate?.content?.parts ?? []) this.#take(part);
    if (usageMetadata) this.#usage = tokensOf(usageMetadata);
    this.#finishReason = candidate?.finishReason ?? this.#finishReason;
    if (promptFeedback?.blockReason !== undefined) this.#finishReason ??= 'SAFETY';
    return this.#draft.problem;
  }

  /** Nothing of the answer is missing, even where its stream doesn't end. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined;
  }

  /** What the answer came to when the stream has ended. Usage may come behind the reason to finish. */
  end(): AskResult {
    const reason = this.#finishReason;
    if (reason === undefined) return askFailure('network', 'the answer broke off');
    if (reason === 'MISSING_THOUGHT_SIGNATURE') return askFailure('badRequest', reason, { refusesThoughts: true });
    if (reason === 'STOP') return { kind: 'answered', answer: this.#draft.complete(this.#usage) };
    if (reason === 'MAX_TOKENS') return { kind: 'answered', answer: this.#draft.complete(this.#usage, 'cut') };
    if (refusals.has(reason)) return { kind: 'answered', answer: this.#draft.complete(this.#usage, 'refused') };
    return askFailure('malformed', reason);
  }

  #take({ text = '', thought, thoughtSignature, functionCall }: Part): void {
    if (functionCall) {
      this.#isThinking = false;
      const { id, name, args } = functionCall;
      const signature = thoughtSignature === undefined ? {} : { signature: thoughtSignature };
      this.#draft.grow(name.length + (thoughtSignature?.length ?? 0) + charsOf(args));
      this.#draft.call({ id: this.#idOf(id), name, input: args, ...signature });
      return;
    }
    if (thought && !this.#isThinking) this.#draft.beginThought();
    this.#isThinking = thought;
    if (thought) this.#draft.think(text);
    else this.#draft.say(text);
    if (thoughtSignature !== undefined) this.#signText(thoughtSignature);
  }

  /** Kept as a thought that says nothing, which stands where the signature came. */
  #signText(signature: string): void {
    if (!this.#isThinking) this.#draft.beginThought();
    this.#draft.sign(signature);
    this.#isThinking = false;
  }

  /** Older models give no ids, and two calls of one answer must never be taken for one. */
  #idOf(id: string | undefined): string {
    const unique = id && !this.#ids.has(id) ? id : ownId(newId());
    this.#ids.add(unique);
    return unique;
  }
}

const tokensOf = (usage: NonNullable<v.InferOutput<typeof Chunk>['usageMetadata']>): TokenCount => ({
  inputTokens: usage.promptTokenCount,
  outputTokens: usage.candidatesTokenCount + usage.thoughtsTokenCount,
  cachedTokens: usage.cachedContentTokenCount,
  cacheWriteTokens: 0,
});

/** Of all texts in it, without making one text of it all. */
function charsOf(value: unknown, levels = 8): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || levels === 0) return 1;
  return Object.entries(value).reduce((chars, [key, part]) => chars + key.length + charsOf(part, levels - 1), 1);
}
