// Whether the measured load is within the limits of the command line.
import type { LoadTally } from './load-tally.ts';

export type Limits = {
  /** The p99 of acknowledgements. */
  p99MsMax?: number;
  errorsMax?: number;
};

export type Verdict = { isGood: boolean; sentences: string[] };

export function judgeLoad(tally: Pick<LoadTally, 'count' | 'percentileMs' | 'errors'>, limits: Limits): Verdict {
  const checks: { isGood: boolean; sentence: string }[] = [];
  if (limits.p99MsMax !== undefined) {
    const p99Ms = tally.percentileMs('acknowledged', 99);
    const isGood = tally.count('acknowledged') > 0 && p99Ms <= limits.p99MsMax;
    checks.push({ isGood, sentence: `p99 of acknowledgements ${p99Ms.toFixed(1)} ms, limit ${limits.p99MsMax} ms` });
  }
  if (limits.errorsMax !== undefined)
    checks.push({
      isGood: tally.errors <= limits.errorsMax,
      sentence: `${tally.errors} errors, limit ${limits.errorsMax}`,
    });
  if (tally.count('acknowledged') === 0) checks.push({ isGood: false, sentence: 'nothing was acknowledged' });
  return {
    isGood: checks.every(({ isGood }) => isGood),
    sentences: checks.map(({ isGood, sentence }) => `${isGood ? 'ok  ' : 'FAIL'} ${sentence}`),
  };
}
