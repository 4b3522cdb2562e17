// The options by which the command chooses who does the work, for a session or for one turn.
import type { Effort } from '../../../schema/choice.ts';
import type { MessageOptions } from '../../client/index.ts';

export type ChoiceOptions = { model?: string; effort?: Effort; budget?: number };

export const choiceOf = ({ model, effort, budget }: ChoiceOptions): MessageOptions => ({
  ...(model !== undefined && { model }),
  ...(effort !== undefined && { effort }),
  ...(budget !== undefined && { budgetUsd: budget }),
});
