// Writes numbers for people, in tables and charts alike.
import type { Spread } from './statistics.ts';

/** Numbers have two to three significant digits. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median, with the least and the most in parentheses. */
export const formatSpread = ({ median, min, max }: Spread): string =>
  `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`;
