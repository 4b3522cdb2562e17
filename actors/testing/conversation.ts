// Conversations for tests: entries in short form, and arbitrary ones for fast-check.
import * as fc from 'fast-check';
import type { ContextEntry } from '../models/model.ts';

type Made = { name: string; input?: unknown; result?: string; isError?: boolean };

export const user = (text = 'Build it'): ContextEntry => ({ kind: 'user', text });
export const summary = (text = 'It was begun.'): ContextEntry => ({ kind: 'summary', text });

let ids = 0;
/** An answer of calls, each with its result. */
export const answer = (...made: Made[]): ContextEntry => ({
  kind: 'answer',
  thoughts: [],
  text: '',
  calls: made.map(({ name, input = {}, result = '', isError = false }) => ({
    call: { id: `call-${++ids}`, name, input },
    observation: { text: result, isError },
  })),
});

const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'é', '漢', '😀'), maxLength: 30 });
const long = fc.tuple(text, fc.nat(300)).map(([some, times]) => some.repeat(times));

/** Conversations of any length and order, with texts up to some thousand characters. */
export const anyContext: fc.Arbitrary<ContextEntry[]> = fc.array(
  fc.oneof(
    text.map(user),
    text.map(summary),
    fc.record({
      kind: fc.constant('answer' as const),
      thoughts: fc.array(fc.record({ text, signature: text }), { maxLength: 1 }),
      text: long,
      calls: fc.array(
        fc.record({
          call: fc.record({
            id: text,
            name: text,
            input: fc.oneof(fc.record({ content: long, path: text }), fc.anything()),
          }),
          observation: fc.record({ text: long, isError: fc.boolean() }),
        }),
        { maxLength: 3 },
      ),
    }),
  ),
  { maxLength: 30 },
);
