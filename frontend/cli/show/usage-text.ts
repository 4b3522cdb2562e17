// Tokens, money and time in a few characters.
import type { Usage } from '../../../schema/event.ts';

export type Spent = Pick<Usage, 'inputTokens' | 'outputTokens'> & { costUsd?: number | undefined };

export const noneSpent: Spent = { inputTokens: 0, outputTokens: 0 };

/** Money stays unknown only where it is unknown in both. */
export function addSpent(one: Spent, other: Spent): Spent {
  const isPriced = one.costUsd !== undefined || other.costUsd !== undefined;
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    ...(isPriced && { costUsd: (one.costUsd ?? 0) + (other.costUsd ?? 0) }),
  };
}

/** As in 950, 1.2k, 35k, 1.4M. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  const [unit, letter] = count < 999_500 ? ([1_000, 'k'] as const) : ([1_000_000, 'M'] as const);
  const value = count / unit;
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}${letter}`;
}

export const costText = (costUsd: number): string => `$${costUsd.toFixed(costUsd < 0.1 ? 4 : 2)}`;

/** Empty where nothing was spent. */
export function spentText({ inputTokens, outputTokens, costUsd }: Spent): string {
  if (inputTokens + outputTokens === 0) return '';
  const tokens = `${shortCount(inputTokens)} in, ${shortCount(outputTokens)} out`;
  return costUsd === undefined ? tokens : `${tokens}, ${costText(costUsd)}`;
}

export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  return `${Math.floor(seconds / 3_600)}h ${Math.floor((seconds % 3_600) / 60)}m`;
}
