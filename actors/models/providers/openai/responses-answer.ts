// The events of one answer of OpenAI's Responses, checked and put together.
import * as v from 'valibot';
import type { Draft } from '../../draft.ts';
import { noTokens, type TokenCount } from '../../model.ts';
import { makeAskFailure } from '../../model-errors.ts';
import type { AskResult } from '../../retry.ts';
import { estimateTokens } from './openai-answer.ts';
import { parseInput } from './openai-calls.ts';
import { readOpenAiError } from './openai-failure.ts';
import { sealSignatureOf } from './responses-request.ts';

const count = v.nullish(v.pipe(v.number(), v.minValue(0)), 0);
const text = v.nullish(v.string(), '');

const Failure = v.object({ code: v.nullish(v.string()), message: text });
const Item = v.object({
  type: v.string(),
  id: text,
  call_id: text,
  name: text,
  arguments: text,
  encrypted_content: text,
});
const Response = v.object({
  usage: v.nullish(
    v.object({
      input_tokens: count,
      output_tokens: count,
      input_tokens_details: v.nullish(v.object({ cached_tokens: count, cache_write_tokens: count })),
    }),
  ),
  error: v.nullish(Failure),
  incomplete_details: v.nullish(v.object({ reason: text })),
});

const deltaOf = <Type extends string>(type: Type) => v.object({ type: v.literal(type), delta: v.string() });
const itemOf = <Type extends string>(type: Type) =>
  v.object({ type: v.literal(type), output_index: v.number(), item: Item });
const endOf = <Type extends string>(type: Type) => v.object({ type: v.literal(type), response: Response });

const Event = v.variant('type', [
  deltaOf('response.output_text.delta'),
  deltaOf('response.refusal.delta'),
  deltaOf('response.reasoning_summary_text.delta'),
  v.object({ type: v.literal('response.reasoning_summary_part.added'), summary_index: v.number() }),
  v.object({
    type: v.literal('response.function_call_arguments.delta'),
    output_index: v.number(),
    delta: v.string(),
  }),
  itemOf('response.output_item.added'),
  itemOf('response.output_item.done'),
  endOf('response.completed'),
  endOf('response.incomplete'),
  endOf('response.failed'),
  v.object({ type: v.literal('error'), ...Failure.entries, error: v.nullish(Failure) }),
]);
type Event = v.InferOutput<typeof Event>;
type OpenCall = { id: string; name: string; json: string };
type ItemEvent = { item: v.InferOutput<typeof Item>; output_index: number };
const eventTypes = new Set<string>(Event.options.map(({ entries }) => entries.type.literal));

export class ResponsesAnswerReader {
  readonly #draft: Draft;
  readonly #model: string;
  readonly #requestChars: number;
  /** Calls whose input is still being written, by their places in the answer. */
  readonly #open = new Map<number, OpenCall>();
  #brokenName: string | undefined;
  #isRefused = false;

  /** @param options `requestChars`: how long the request was, since its tokens are counted at the end only */
  constructor(draft: Draft, { model, requestChars }: { model: string; requestChars: number }) {
    this.#draft = draft;
    this.#model = model;
    this.#requestChars = requestChars;
  }

  /** @returns what the request came to, once that is known */
  readEvent(input: unknown): AskResult | undefined {
    const { type } = Object(input) as { type?: unknown };
    // OpenAI may add types of events.
    if (typeof type === 'string' && type.startsWith('response.') && !eventTypes.has(type)) return undefined;
    const parsed = v.safeParse(Event, input);
    if (!parsed.success) return makeAskFailure('malformed', 'an event of another shape');
    return this.#takeEvent(parsed.output) ?? this.#draft.problem;
  }

  #takeEvent(event: Event): AskResult | undefined {
    switch (event.type) {
      case 'response.output_text.delta':
        return this.#draft.addText(event.delta) as undefined;
      case 'response.refusal.delta':
        this.#isRefused = true;
        return this.#draft.addText(event.delta) as undefined;
      case 'response.reasoning_summary_text.delta':
        return this.#draft.addThoughtText(event.delta) as undefined;
      case 'response.reasoning_summary_part.added':
        if (event.summary_index > 0) this.#draft.addThoughtText('\n\n');
        return undefined;
      case 'response.function_call_arguments.delta':
        return this.#growCall(event.output_index, event.delta);
      case 'response.output_item.added':
        return this.#beginItem(event);
      case 'response.output_item.done':
        return this.#endItem(event);
      case 'response.completed':
      case 'response.incomplete':
        return this.#completeAnswer(event.response);
      case 'response.failed':
        this.#countTokens(event.response);
        return readOpenAiError(event.response.error ?? {}, { model: this.#model });
      case 'error':
        return readOpenAiError(event.error ?? event, { model: this.#model });
    }
  }

  #beginItem({ item, output_index }: ItemEvent): undefined {
    this.#draft.setTokens({ ...noTokens, inputTokens: estimateTokens(this.#requestChars) });
    if (item.type === 'reasoning') this.#draft.beginThought();
    if (item.type !== 'function_call') return;
    this.#open.set(output_index, { id: this.#draft.takeCallId(item.call_id), name: item.name, json: '' });
    this.#draft.addHidden(item.name.length);
    this.#growCall(output_index, '');
  }

  #growCall(index: number, json: string): undefined {
    const call = this.#open.get(index);
    if (!call) return;
    call.json += json;
    this.#draft.addCallText({ id: call.id, name: call.name }, json);
  }

  /** What OpenAI seals of a thought is whole at its end only. */
  #endItem({ item, output_index }: ItemEvent): undefined {
    const { type, id, encrypted_content } = item;
    if (type === 'reasoning' && encrypted_content !== '')
      this.#draft.addSignature(sealSignatureOf(id || 'rs_0', encrypted_content));
    if (type === 'function_call') this.#endCall(item, this.#open.get(output_index));
    this.#open.delete(output_index);
  }

  /** @param begun absent where it came whole */
  #endCall({ call_id, name, arguments: whole }: v.InferOutput<typeof Item>, begun: OpenCall | undefined): void {
    const input = parseInput(whole || (begun?.json ?? ''));
    if (input && call_id !== '' && name !== '')
      this.#draft.addCall({ id: begun?.id || this.#draft.takeCallId(call_id), name, input });
    else this.#brokenName ??= name;
  }

  #completeAnswer(response: v.InferOutput<typeof Response>): AskResult {
    const reason = response.incomplete_details?.reason ?? '';
    const cut = this.#isRefused || reason === 'content_filter' ? 'refused' : reason === '' ? undefined : 'cut';
    const brokenName = this.#brokenName ?? this.#open.values().next().value?.name;
    if (brokenName !== undefined && cut === undefined)
      return makeAskFailure('malformed', `the input of the tool call ${brokenName} is no JSON object`);
    const usage = this.#countTokens(response);
    return this.#draft.problem ?? { kind: 'answered', answer: this.#draft.completeAnswer(usage, cut) };
  }

  #countTokens({ usage }: v.InferOutput<typeof Response>): TokenCount {
    const { cached_tokens = 0, cache_write_tokens = 0 } = usage?.input_tokens_details ?? {};
    const tokens = {
      inputTokens: usage?.input_tokens ?? 0,
      outputTokens: usage?.output_tokens ?? 0,
      cachedTokens: cached_tokens,
      cacheWriteTokens: cache_write_tokens,
    };
    if (usage) this.#draft.setTokens(tokens);
    return tokens;
  }
}
