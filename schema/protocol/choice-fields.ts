// What people choose for a session or a message, as they send it, and the choice that it makes.
import * as v from 'valibot';
import { type Choice, efforts } from '../choice.ts';
import { limits } from '../limits.ts';
import { emptyAsAbsent, text } from './fields.ts';

/** Numbers are never null: JSON writes NaN so, and a budget that is none must not pass for no budget. */
const number = (described: string, min: number, max: number) =>
  v.optional(v.pipe(v.number(), v.minValue(min), v.maxValue(max), v.description(described)));

const steps = v.optional(
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.iterationsMax), v.description('Steps of a turn')),
);

export const choiceFields = {
  model: v.pipe(
    emptyAsAbsent(text(limits.idCharsMax)),
    v.description('As `provider/model`, or a name of the provider: `GET /api/v1/models` lists what there is'),
  ),
  effort: v.nullish(v.pipe(v.picklist(efforts), v.description('How much the model thinks'))),
  maxIterations: steps,
  timeoutSeconds: number('Seconds that a turn may take', 1, limits.turnSecondsMax),
  budgetUsd: number('US dollars that all turns of the session may cost', limits.budgetUsdMin, limits.budgetUsdMax),
  tools: v.nullish(
    v.pipe(
      v.array(text(limits.idCharsMax)),
      v.maxLength(limits.toolsMax),
      v.description('The names of the tools that the model may use; all where absent'),
    ),
  ),
};

const allFields = v.object(choiceFields);
export type ChoiceFields = v.InferOutput<typeof allFields>;

export function choiceOf(fields: ChoiceFields): Choice {
  const { model, effort, maxIterations, timeoutSeconds, budgetUsd, tools } = fields;
  return {
    ...(model !== undefined && { model }),
    ...(effort && { effort }),
    ...(maxIterations !== undefined && { iterationsMax: maxIterations }),
    ...(timeoutSeconds !== undefined && { timeoutMs: Math.round(timeoutSeconds * 1_000) }),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(tools && { tools }),
  };
}
