// Anthropic's events of one answer, checked and put together.
import * as v from 'valibot';
import type { Draft } from '../../draft.ts';
import type { TokenCount } from '../../model.ts';
import { type AskFailure, makeAskFailure } from '../../model-errors.ts';
import type { AskResult } from '../../retry.ts';
import { sealedSignatureOf } from './anthropic-request.ts';

const count = v.nullish(v.pipe(v.number(), v.minValue(0)));
const UsagePart = v.object({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  cache_creation_input_tokens: count,
});
type UsagePart = v.InferOutput<typeof UsagePart>;

/** What isn't needed may be missing or null: proxies leave out what their own provider doesn't have. */
const text = v.nullish(v.string(), '');
const Block = v.object({
  type: v.string(),
  id: text,
  name: text,
  text,
  thinking: text,
  signature: text,
  data: text,
  /** Empty from Anthropic, which sends it in pieces; whole from some proxies. */
  input: v.optional(v.unknown()),
});
const BlockDelta = v.object({ type: v.string(), text, partial_json: text, thinking: text, signature: text });

const Event = v.variant('type', [
  v.object({ type: v.literal('message_start'), message: v.nullish(v.object({ usage: v.nullish(UsagePart) })) }),
  v.object({ type: v.literal('content_block_start'), content_block: Block }),
  v.object({ type: v.literal('content_block_delta'), delta: BlockDelta }),
  v.object({ type: v.literal('content_block_stop') }),
  v.object({
    type: v.literal('message_delta'),
    delta: v.nullish(v.object({ stop_reason: v.nullish(v.string()) })),
    usage: v.nullish(UsagePart),
  }),
  v.object({ type: v.literal('message_stop') }),
]);
type Event = v.InferOutput<typeof Event>;
const eventTypes = new Set<string>(Event.options.map(({ entries }) => entries.type.literal));

/** The provider's reasons to stop before the end. Two of them leave the model something to say: it is asked to go on. */
const cuts: Record<string, 'cut' | 'refused'> = {
  max_tokens: 'cut',
  model_context_window_exceeded: 'cut',
  pause_turn: 'cut',
  refusal: 'refused',
};

export class AnthropicAnswerReader {
  readonly #draft: Draft;
  /** A call whose input is still being written. It ends where the next block begins, or the answer ends. */
  #call: { id: string; name: string; json: string; whole: string } | undefined;
  #usage: UsagePart = {};
  #stopReason: string | undefined;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** @returns what the request came to, once that is known */
  readEvent(input: unknown): AskResult | undefined {
    // Anthropic may add types of events.
    if (!eventTypes.has(typeOf(input))) return undefined;
    const parsed = v.safeParse(Event, input);
    if (!parsed.success) return makeAskFailure('malformed', 'an event of another shape');
    return this.#takeEvent(parsed.output) ?? this.#draft.problem;
  }

  #takeEvent(event: Event): AskResult | undefined {
    switch (event.type) {
      case 'message_start':
        this.#addUsage(event.message?.usage);
        return undefined;
      case 'content_block_start':
        return this.#beginBlock(event.content_block);
      case 'content_block_delta':
        return this.#growBlock(event.delta);
      case 'content_block_stop':
        return undefined;
      case 'message_delta':
        this.#addUsage(event.usage);
        this.#stopReason = event.delta?.stop_reason ?? this.#stopReason;
        return undefined;
      case 'message_stop':
        return this.#completeAnswer();
    }
  }

  #beginBlock(block: v.InferOutput<typeof Block>): AskFailure | undefined {
    const broken = this.#endCall(false);
    if (broken) return broken;
    if (block.type === 'text') this.#draft.addText(block.text);
    else if (block.type === 'thinking') {
      this.#draft.beginThought();
      this.#draft.addThoughtText(block.thinking);
      this.#draft.addSignature(block.signature);
    } else if (block.type === 'redacted_thinking') {
      this.#draft.beginThought();
      this.#draft.addSignature(sealedSignatureOf(block.data));
    } else if (block.type === 'tool_use') {
      if (!block.id || !block.name) return makeAskFailure('malformed', 'a tool call without id or name');
      const whole = JSON.stringify(block.input ?? {});
      this.#call = { id: this.#draft.takeCallId(block.id), name: block.name, json: '', whole };
      this.#draft.addHidden(block.name.length);
      this.#showCall(whole === '{}' ? '' : whole);
    }
    return undefined;
  }

  #growBlock({ type, text, thinking, signature, partial_json }: v.InferOutput<typeof BlockDelta>): undefined {
    if (type === 'text_delta') this.#draft.addText(text);
    else if (type === 'thinking_delta') this.#draft.addThoughtText(thinking);
    else if (type === 'signature_delta') this.#draft.addSignature(signature);
    else if (type === 'input_json_delta' && this.#call && partial_json !== '') {
      this.#showCall(partial_json);
      if (!this.#draft.problem) this.#call.json += partial_json;
    }
  }

  #showCall(text: string): void {
    if (this.#call) this.#draft.addCallText({ id: this.#call.id, name: this.#call.name }, text);
  }

  /** @param mayBeHalf whether the answer ran into its limit: its last call is left out unless it is whole */
  #endCall(mayBeHalf: boolean): AskFailure | undefined {
    const call = this.#call;
    this.#call = undefined;
    if (!call) return undefined;
    const json = call.json === '' ? call.whole : call.json;
    if (mayBeHalf && json === '{}') return undefined;
    const input = parseObject(json);
    if (input) this.#draft.addCall({ id: call.id, name: call.name, input });
    else if (!mayBeHalf)
      return makeAskFailure('malformed', `the input of the tool call ${call.name} is no JSON object`);
    return undefined;
  }

  #completeAnswer(): AskResult {
    const reason = this.#stopReason;
    if (reason === undefined) return makeAskFailure('malformed', 'an answer without an end');
    const cut = cuts[reason];
    const problem = this.#endCall(cut !== undefined) ?? this.#draft.problem;
    return problem ?? { kind: 'answered', answer: this.#draft.completeAnswer(this.#countTokens(), cut) };
  }

  /** Counts are cumulative: later ones replace earlier ones. */
  #addUsage(usage: UsagePart | null | undefined): void {
    for (const [name, tokens] of Object.entries(usage ?? {}))
      if (tokens !== null && tokens !== undefined) this.#usage = { ...this.#usage, [name]: tokens };
    this.#draft.setTokens(this.#countTokens());
  }

  #countTokens(): TokenCount {
    const cachedTokens = this.#usage.cache_read_input_tokens ?? 0;
    const cacheWriteTokens = this.#usage.cache_creation_input_tokens ?? 0;
    const inputTokens = (this.#usage.input_tokens ?? 0) + cachedTokens + cacheWriteTokens;
    return { inputTokens, outputTokens: this.#usage.output_tokens ?? 0, cachedTokens, cacheWriteTokens };
  }
}

const typeOf = (input: unknown): string =>
  typeof input === 'object' && input !== null && 'type' in input && typeof input.type === 'string' ? input.type : '';

function parseObject(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
