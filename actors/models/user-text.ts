// What a model reads as the user's turn: messages of the user, summaries, and notices.
import type { ContextEntry } from './model.ts';

type UserEntry = Exclude<ContextEntry, { kind: 'answer' }>;

export function userTextOf({ kind, text }: UserEntry): string {
  if (kind === 'summary') return `What was said and done so far, in short:\n\n${text}`;
  return kind === 'user' ? text : `[A notice of the engine, not of the user: ${text}]`;
}

/** Providers take no conversation that ends with the model's own words, and none that has two turns of it in a row. */
export const continueText = 'Continue.';

/** Providers refuse texts of nothing but white space. */
export const isBlank = (text: string): boolean => text.trim() === '';
