// Gemini's chunks of one answer, checked and put together.
import * as v from 'valibot';
import { createId } from '../../../create-id.ts';
import type { Draft } from '../../draft.ts';
import { type Answer, noTokens, type TokenCount } from '../../model.ts';
import { type AskFailure, makeAskFailure } from '../../model-errors.ts';
import type { AskResult } from '../../retry.ts';
import { readGoogleStatus } from './google-failure.ts';
import { makeOwnId } from './google-request.ts';

/** What isn't needed may be missing or null: proxies leave out what their own provider doesn't have. */
const count = v.nullish(v.pipe(v.number(), v.minValue(0)), 0);
const Part = v.object({
  text: v.nullish(v.string(), ''),
  thought: v.nullish(v.boolean(), false),
  thoughtSignature: v.nullish(v.string()),
  functionCall: v.nullish(
    v.object({
      id: v.nullish(v.string()),
      name: v.pipe(v.string(), v.minLength(1)),
      args: v.nullish(v.record(v.string(), v.unknown()), {}),
    }),
  ),
});
type Part = v.InferOutput<typeof Part>;

const Chunk = v.object({
  candidates: v.nullish(
    v.array(
      v.object({
        content: v.nullish(v.object({ parts: v.nullish(v.array(Part)) })),
        finishReason: v.nullish(v.string()),
        finishMessage: v.nullish(v.string()),
      }),
    ),
  ),
  promptFeedback: v.nullish(v.object({ blockReason: v.nullish(v.string()) })),
  usageMetadata: v.nullish(
    v.object({
      promptTokenCount: count,
      candidatesTokenCount: count,
      thoughtsTokenCount: count,
      cachedContentTokenCount: count,
    }),
  ),
  error: v.nullish(v.object({ code: v.nullish(v.number(), 500), message: v.nullish(v.string(), '') })),
});

/** Reasons to end that are about what the answer says; `OTHER` is one that Google doesn't name. */
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

/** "Unexpected tool call: Model tried to call an undeclared function: teleport" */
const undeclared = /undeclared function:? *[`'"]?([^\s`'"]{1,200})/i;

export class GoogleAnswerReader {
  readonly #draft: Draft;
  readonly #model: string;
  #isThinking = false;
  #finishReason: string | undefined;
  #finishMessage = '';
  #usage: TokenCount = noTokens;

  constructor(draft: Draft, model: string) {
    this.#draft = draft;
    this.#model = model;
  }

  /** @returns a failure, which ends the request */
  readChunk(input: unknown): AskFailure | undefined {
    const parsed = v.safeParse(Chunk, input);
    if (!parsed.success) return makeAskFailure('malformed', 'a chunk of another shape');
    const { candidates, promptFeedback, usageMetadata, error } = parsed.output;
    if (error) return readGoogleStatus(error.code, error.message, [], this.#model);
    const [candidate] = candidates ?? [];
    for (const part of candidate?.content?.parts ?? []) this.#takePart(part);
    if (usageMetadata) {
      this.#usage = tokensOf(usageMetadata);
      this.#draft.setTokens(this.#usage);
    }
    this.#finishReason = candidate?.finishReason ?? this.#finishReason;
    this.#finishMessage = candidate?.finishMessage ?? this.#finishMessage;
    if (promptFeedback?.blockReason) this.#finishReason ??= 'SAFETY';
    return this.#draft.problem;
  }

  /** Whether the answer is whole, even where its stream doesn't end. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined;
  }

  /** Called when the stream has ended: usage may come after the reason to finish. */
  finishAnswer(): AskResult {
    const reason = this.#finishReason;
    if (reason === undefined) return makeAskFailure('network', 'the answer broke off');
    if (reason === 'MISSING_THOUGHT_SIGNATURE') return makeAskFailure('badRequest', reason, { refusesThoughts: true });
    if (reason === 'STOP') return { kind: 'answered', answer: this.#draft.completeAnswer(this.#usage) };
    if (reason === 'MAX_TOKENS') return { kind: 'answered', answer: this.#draft.completeAnswer(this.#usage, 'cut') };
    if (reason === 'UNEXPECTED_TOOL_CALL') return { kind: 'answered', answer: this.#completeUnexpectedCall() };
    if (refusals.has(reason)) return { kind: 'answered', answer: this.#draft.completeAnswer(this.#usage, 'refused') };
    return makeAskFailure('malformed', reason);
  }

  /** A call that Google shows is answered like any other; where it shows none, it gives at most the name. */
  #completeUnexpectedCall(): Answer {
    if (this.#draft.hasCalls) return this.#draft.completeAnswer(this.#usage);
    const calledName = undeclared.exec(this.#finishMessage)?.[1];
    return {
      ...this.#draft.completeAnswer(this.#usage, 'noSuchTool'),
      ...(calledName !== undefined && { calledName }),
    };
  }

  #takePart({ text, thought, thoughtSignature, functionCall }: Part): void {
    if (functionCall) {
      this.#isThinking = false;
      const { id, name, args } = functionCall;
      const signature = typeof thoughtSignature === 'string' ? { signature: thoughtSignature } : {};
      this.#draft.addHidden(name.length + (thoughtSignature?.length ?? 0) + charsOf(args));
      this.#draft.addCall({ id: this.#makeUniqueId(id), name, input: args, ...signature });
      return;
    }
    if (thought && !this.#isThinking) this.#draft.beginThought();
    this.#isThinking = thought;
    if (thought) this.#draft.addThoughtText(text);
    else this.#draft.addText(text);
    if (typeof thoughtSignature === 'string') this.#signText(thoughtSignature);
  }

  /** Keeps the signature as an empty thought in the place where it came. */
  #signText(signature: string): void {
    if (!this.#isThinking) this.#draft.beginThought();
    this.#draft.addSignature(signature);
    this.#isThinking = false;
  }

  /** Older models give no ids. */
  #makeUniqueId(id: string | null | undefined): string {
    return this.#draft.takeCallId(id || makeOwnId(createId()));
  }
}

const tokensOf = (usage: NonNullable<v.InferOutput<typeof Chunk>['usageMetadata']>): TokenCount => ({
  inputTokens: usage.promptTokenCount,
  outputTokens: usage.candidatesTokenCount + usage.thoughtsTokenCount,
  cachedTokens: usage.cachedContentTokenCount,
  cacheWriteTokens: 0,
});

/** Counts the characters of all texts without joining them. */
function charsOf(value: unknown, levels = 8): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || levels === 0) return 1;
  return Object.entries(value).reduce((chars, [key, part]) => chars + key.length + charsOf(part, levels - 1), 1);
}
