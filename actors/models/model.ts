// The contract of a model: what has been said and done so far in, one answer out.
import type { ToolCall, Usage } from '../../schema/event.ts';

/** One thing of the conversation, in order. */
export type ContextEntry =
  | { kind: 'user'; text: string }
  | { kind: 'assistant'; text: string }
  | { kind: 'call'; call: ToolCall }
  | { kind: 'observation'; callId: string; text: string; isError: boolean };

export type Answer = {
  /** What the model says besides its calls; empty for nothing. */
  text: string;
  toolCalls: ToolCall[];
  usage: Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedTokens'>;
};

export type AnswerResult =
  | { kind: 'answered'; answer: Answer }
  | { kind: 'cancelled' }
  | { kind: 'failed'; code: string; message: string };

export interface Model {
  /** As `GET /` shows it: `anthropic/…`. */
  readonly name: string;
  /** @param onDelta gets fragments of the answer while it is written; they are never stored */
  answer(
    context: readonly ContextEntry[],
    options: { signal: AbortSignal; onDelta: (text: string) => void },
  ): Promise<AnswerResult>;
}
