// What people are asked, as lines: a question with its options, a call that wants a decision, or a plan.
import type { WaitingFor } from '../../client/index.ts';
import type { Colors } from './colors.ts';
import { escapeLine, linesOf } from './escape-text.ts';

const indent = '  ';

export function waitLines(
  { kind, text, options = [], tool, input, allows = [] }: WaitingFor,
  colors: Colors,
): readonly string[] {
  const [first = '', ...more] = linesOf(text);
  const asked = [colors.warning(`? ${first}`), ...more.map((line) => `${indent}${line}`)];
  if (kind === 'question')
    return [...asked, ...options.map((option, at) => `${indent}${at + 1}. ${escapeLine(option)}`)];
  if (kind === 'plan') return asked;
  return [
    ...asked,
    colors.strong(`${indent}${escapeLine(tool ?? 'a tool')}`),
    ...inputLines(input).map((line) => `${indent}${indent}${line}`),
    ...(allows.length > 0 ? [colors.faint(`${indent}a allows: ${allows.map(escapeLine).join(', ')}`)] : []),
  ];
}

function inputLines(input: WaitingFor['input']): readonly string[] {
  if (!input) return ['Its input is too long to be shown here.'];
  const { command } = input;
  const isAlone = typeof command === 'string' && Object.keys(input).length === 1;
  return linesOf(isAlone ? command : JSON.stringify(input, null, 2));
}

/** How to reply to it. */
export function replyHint({ kind, options = [] }: Pick<WaitingFor, 'kind' | 'options'>): string {
  if (kind === 'approval')
    return 'y: allow once; a: allow for the session; n: deny, with words for the agent behind it';
  if (kind === 'plan') return 'y: go on with it; n: not so; words for the agent may stand behind either';
  return options.length > 0 ? `1 to ${options.length}, or an answer in your own words` : 'your answer';
}
