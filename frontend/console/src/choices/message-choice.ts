// What a single message chooses for the turn that reads it, as it is typed and as it goes to the engine. Pure.
import type { MessageOptions } from '../lucid.ts';
import { readNumber } from './read-number.ts';

/** '' where nothing was chosen, and the session's own holds. */
export type MessageChoice = { model: string; effort: string; budgetUsd: string; maxIterations: string };

export const noMessageChoice: MessageChoice = { model: '', effort: '', budgetUsd: '', maxIterations: '' };

export function writeMessageChoice({ model, effort, budgetUsd, maxIterations }: MessageChoice): MessageOptions {
  const [budget, steps] = [readNumber(budgetUsd), readNumber(maxIterations)];
  return {
    ...(model !== '' && { model }),
    ...(effort !== '' && { effort: effort as NonNullable<MessageOptions['effort']> }),
    ...(budget !== undefined && { budgetUsd: budget }),
    ...(steps !== undefined && { maxIterations: steps }),
  };
}

/** @returns '' where nothing was chosen */
export function describeMessageChoice({ model, effort, budgetUsd, maxIterations }: MessageChoice): string {
  const parts = [
    model.slice(model.lastIndexOf('/') + 1),
    effort && `${effort} effort`,
    budgetUsd.trim() && `$${budgetUsd.trim()} at most`,
    maxIterations.trim() && `${maxIterations.trim()} ${maxIterations.trim() === '1' ? 'step' : 'steps'} at most`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
