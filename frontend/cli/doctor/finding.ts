// What a check of a deployment has found: one line, with what mends it.
import type { Colors } from '../show/colors.ts';
import { escapeLine } from '../show/escape-text.ts';

type Verdict = 'ok' | 'warn' | 'fail';

export type Finding = {
  /** What was looked at, in a word or two. */
  about: string;
  verdict: Verdict;
  found: string;
  /** What to do, where something is to be done. */
  mend?: string;
};

const aboutColumns = 11;

export function findingLine({ about, verdict, found, mend }: Finding, colors: Colors): string {
  const color = { ok: colors.good, warn: colors.warning, fail: colors.bad }[verdict];
  const what = `${color(verdict.padEnd(4))}  ${about.padEnd(aboutColumns)}  ${escapeLine(found)}`;
  return mend === undefined ? what : `${what} ${colors.strong('→')} ${escapeLine(mend)}`;
}
