// What a summary gives a model in place of a conversation: what the user had said, what the model summed up, the newest steps.
import type { AnsweredCall, ContextEntry } from '../models/model.ts';

export type SummaryParts = {
  /** The user's messages, in order, word for word as far as there was room. */
  messages: readonly string[];
  summary: string;
  /** The newest steps before the summary was made. */
  steps: readonly ContextEntry[];
};

export function writeSummaryText({ messages, summary, steps }: SummaryParts): string {
  const said = messages.map((message) => `<message>\n${message}\n</message>`);
  return [
    ...(said.length === 0 ? [] : [`# The user's messages, word for word\n\n${said.join('\n')}\n\n# Summary`]),
    summary,
    ...(steps.length === 0 ? [] : [`# The newest steps, word for word\n\n${writeConversation(steps)}`]),
  ].join('\n\n');
}

export const writeConversation = (entries: readonly ContextEntry[]): string => entries.map(entryTextOf).join('\n\n');

function entryTextOf(entry: ContextEntry): string {
  if (entry.kind === 'user') return `## The user\n${entry.text}`;
  if (entry.kind === 'notice' || entry.kind === 'knowledge') return `## The engine\n${entry.text}`;
  if (entry.kind === 'summary') return `## Summary of what was before\n${entry.text}`;
  return ['## The agent', ...(entry.text === '' ? [] : [entry.text]), ...entry.calls.map(callTextOf)].join('\n');
}

const callTextOf = ({ call, observation: { text, isError } }: AnsweredCall): string =>
  `Call of ${call.name}: ${JSON.stringify(call.input)}\n${isError ? 'Error' : 'Result'}: ${text}`;
