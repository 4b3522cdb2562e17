// A model for tests: gives the answers that a test says, and keeps what it was asked.
import type { ToolCall } from '../../schema/event.ts';
import {
  type AnswerOptions,
  type AnswerResult,
  type ContextEntry,
  type Model,
  type ModelRequest,
  noTokens,
} from '../models/model.ts';

type Reply = AnswerResult | ((options: AnswerOptions, context: readonly ContextEntry[]) => Promise<AnswerResult>);

/** An answer of text and calls; the calls' ids are theirs, or unique ones. */
export const answerWith = (text: string, ...calls: (Omit<ToolCall, 'id'> & { id?: string })[]): AnswerResult => ({
  kind: 'answered',
  answer: {
    thoughts: [],
    text,
    toolCalls: calls.map((call) => ({ id: nextId(), ...call })),
    usage: noTokens,
    stop: calls.length > 0 ? 'toolCalls' : 'done',
  },
});

export const shell = (command: string) => ({ name: 'shell', input: { command } });
export const finish = (message = 'Done.') => ({ name: 'finish', input: { message } });

/** An answer that never comes, until it is cancelled. */
export const endless = ({ signal }: AnswerOptions): Promise<AnswerResult> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve({ kind: 'cancelled' });
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }));
  });

let ids = 0;
const nextId = () => `call-${++ids}`;

export class FakeModel implements Model {
  readonly name = 'fake/model';
  readonly contextTokensMax = 200_000;
  /** The contexts it was asked with. */
  readonly contextsAsked: ContextEntry[][] = [];
  readonly #replies: Reply[];

  /** @param replies in order; after the last one it finishes every turn */
  constructor(...replies: Reply[]) {
    this.#replies = replies;
  }

  async answer({ context }: ModelRequest, options: AnswerOptions): Promise<AnswerResult> {
    this.contextsAsked.push([...context]);
    const reply = this.#replies.shift() ?? answerWith('', finish());
    return typeof reply === 'function' ? reply(options, context) : reply;
  }
}
