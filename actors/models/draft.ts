// An answer while it is written: gathers thoughts, text and calls within bounds, and shows the fragments.
import type { ToolCall } from '../../schema/event.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText } from '../../schema/rules/text.ts';
import { takeFreeId } from './free-id.ts';
import { type Answer, type Delta, noTokens, type PartialAnswer, type Thought, type TokenCount } from './model.ts';
import { type AskFailure, makeAskFailure } from './model-errors.ts';

export type DraftBounds = {
  answerCharsMax: number;
  answerCallsMax: number;
  /** Of the calls in the conversation, none of which is given again. */
  callIds?: Iterable<string>;
};

export type DraftDependencies = {
  onDelta(delta: Delta): void;
  /** A part of the answer came. */
  onSign(): void;
  /** The answer is complete. */
  onComplete(): void;
};

export class Draft {
  readonly #bounds: DraftBounds;
  readonly #dependencies: DraftDependencies;
  readonly #thoughts: Thought[] = [];
  readonly #calls: ToolCall[] = [];
  readonly #callIds: Set<string>;
  /** The call whose input is being written. */
  #writtenCall: Pick<ToolCall, 'id' | 'name'> | undefined;
  #text = '';
  #chars = 0;
  #isTooDeep = false;
  #counted: TokenCount | undefined;
  #isComplete = false;

  constructor(bounds: DraftBounds, dependencies: DraftDependencies) {
    this.#bounds = bounds;
    this.#callIds = new Set(bounds.callIds);
    this.#dependencies = dependencies;
  }

  /** Absent while the answer is within its bounds. */
  get problem(): AskFailure | undefined {
    if (this.#chars > this.#bounds.answerCharsMax)
      return makeAskFailure('malformed', `the answer has more than ${this.#bounds.answerCharsMax} characters`);
    if (this.#calls.length > this.#bounds.answerCallsMax)
      return makeAskFailure('malformed', `the answer has more than ${this.#bounds.answerCallsMax} tool calls`);
    if (this.#isTooDeep) return makeAskFailure('malformed', 'the input of a tool call is nested too deep');
    return undefined;
  }

  /** Counts a part of the answer that isn't shown. */
  addHidden(chars: number): void {
    this.#chars += chars;
    this.#dependencies.onSign();
  }

  addText(text: string): void {
    if (text === '') return;
    this.addHidden(text.length);
    if (this.problem) return;
    this.#text += text;
    this.#dependencies.onDelta({ kind: 'text', text });
  }

  /** Begins a thought; what is thought and signed next belongs to it. */
  beginThought(): void {
    const behind = { chars: this.#text.length, calls: this.#calls.length };
    this.#thoughts.push(behind.chars + behind.calls === 0 ? { text: '' } : { text: '', behind });
    this.addHidden(1);
  }

  addThoughtText(text: string): void {
    const thought = this.#thoughts.at(-1);
    if (text === '' || !thought) return;
    this.addHidden(text.length);
    if (this.problem) return;
    thought.text += text;
    this.#dependencies.onDelta({ kind: 'thought', text });
  }

  addSignature(signature: string): void {
    const thought = this.#thoughts.at(-1);
    if (signature === '' || !thought) return;
    this.addHidden(signature.length);
    if (!this.problem) thought.signature = (thought.signature ?? '') + signature;
  }

  /** The id of a call that begins: as it was given, unless another call has it. */
  takeCallId(given: string): string {
    return takeFreeId(given, this.#callIds);
  }

  /** Shows a part of the JSON of a call's input; the call itself is added once it is whole. */
  addCallText(call: Pick<ToolCall, 'id' | 'name'>, text: string): void {
    this.#writtenCall = call;
    this.addHidden(text.length);
    if (!this.problem) this.#dependencies.onDelta({ kind: 'call', text, call });
  }

  addCall(call: ToolCall): void {
    this.#writtenCall = undefined;
    this.#dependencies.onSign();
    if (isDeeper(call.input, limits.jsonDepthMax)) this.#isTooDeep = true;
    else this.#calls.push({ ...call, name: cleanText(call.name), input: cleanValue(call.input) });
  }

  /** Each count replaces the one before it. */
  setTokens(tokens: TokenCount): void {
    this.#counted = tokens;
  }

  /** An estimate until the answer is complete: providers count what was written at its end only. */
  get spentTokens(): TokenCount | undefined {
    if (this.#isComplete || this.#chars === 0) return this.#counted;
    const counted = this.#counted ?? noTokens;
    return { ...counted, outputTokens: Math.max(counted.outputTokens, Math.ceil(this.#chars / charsPerToken)) };
  }

  /** What people have seen of it so far; of its calls only the names, since they would be run. */
  get partial(): PartialAnswer {
    const cutCalls = [...this.#calls, ...(this.#writtenCall ? [this.#writtenCall] : [])].map(({ name }) =>
      cleanText(name),
    );
    return { ...this.#said, ...(cutCalls.length > 0 && { cutCalls }) };
  }

  get #said(): Pick<Answer, 'thoughts' | 'text'> {
    // Some models begin with an empty line, which alone says nothing.
    const text = this.#text.trim() === '' ? '' : cleanText(this.#text);
    const thoughts = this.#thoughts.filter((thought) => thought.text !== '' || thought.signature !== undefined);
    return { thoughts: thoughts.map(cleanThought), text };
  }

  get hasCalls(): boolean {
    return this.#calls.length > 0;
  }

  /** @param cut why the answer ended before its end, if it did; what a refused answer calls is not to be run */
  completeAnswer(usage: TokenCount, cut?: 'cut' | 'refused' | 'noSuchTool'): Answer {
    this.#isComplete = true;
    this.#counted = usage;
    this.#dependencies.onComplete();
    const toolCalls = cut === 'refused' ? [] : this.#calls;
    const stop = cut ?? (toolCalls.length > 0 ? 'toolCalls' : 'done');
    return { ...this.#said, toolCalls, usage, stop };
  }
}

/** An average of English and code. */
const charsPerToken = 3.5;

const cleanThought = (thought: Thought): Thought => ({ ...thought, text: cleanText(thought.text) });

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1)));

/** JSON of models can hold NUL and halves of surrogate pairs; PostgreSQL's can't. */
function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [cleanText(key), cleanValue(part)]));
}
