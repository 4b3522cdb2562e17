// What was said to what was asked, and by whom, in a word or two. Pure.
import type { AskedWhat, Reply } from './item.ts';

const words: Record<Reply['is'], string> = {
  answered: 'answered',
  allow: 'allowed',
  allowForSession: 'allowed for the session',
  deny: 'denied',
  none: 'nobody answered',
};
const planWords: Partial<Record<Reply['is'], string>> = {
  allow: 'approved',
  allowForSession: 'approved',
  deny: 'sent back',
};

export function describeReply(what: AskedWhat, { is, by }: Reply): string {
  const word = (what === 'plan' ? planWords[is] : undefined) ?? words[is];
  if (is === 'none') return word;
  return by === 'policy' ? `${word} by the policy` : `${word} by a person`;
}
