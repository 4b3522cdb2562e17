// The variables that bound what people choose: models and budgets.
import * as v from 'valibot';
import { limits } from '../../schema/limits.ts';
import { readBy } from './file-reading.ts';
import { modelsFileAccepts, readModelsFile } from './models-file.ts';
import { matching, namesBy, parseModelName } from './value-schemas.ts';

/** A budget in US dollars. */
const usd = {
  accepts: `US dollars from ${limits.budgetUsdMin} to ${limits.budgetUsdMax}`,
  schema: v.pipe(
    matching(/^\d{1,6}(\.\d{1,3})?$/),
    v.transform(Number),
    v.minValue(limits.budgetUsdMin),
    v.maxValue(limits.budgetUsdMax),
  ),
} as const;

export const choiceVariables = {
  ALLOWED_MODELS: {
    accepts: 'models such as anthropic/claude-sonnet-5-5 or google/*, separated by commas',
    schema: namesBy(parseModelName),
  },
  MODELS_FILE: { accepts: modelsFileAccepts, schema: readBy(readModelsFile) },
  SESSION_BUDGET_USD: usd,
  USER_DAY_BUDGET_USD: usd,
  DAY_BUDGET_USD: usd,
} as const;
