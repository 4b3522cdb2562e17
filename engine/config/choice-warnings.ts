// What an operator should know about models and budgets when the engine starts: names that nobody knows, budgets that count nothing.
import { findChoosable, readModelName } from '../../actors/models/choosable-models.ts';
import { chooseKey } from '../../actors/models/key.ts';
import { findKnownModel } from '../../actors/models/known-models.ts';
import { fullNameOf } from '../../actors/models/open-model.ts';
import { providers } from '../../actors/models/providers/registry.ts';
import { listWords } from '../../schema/rules/text.ts';
import type { ModelsConfig } from '../../schema/thread.ts';
import type { Config } from '../config.ts';
import { modelsConfigOf } from './mode.ts';

export function choiceWarningsOf(config: Config): string[] {
  const models = modelsConfigOf(config);
  return [...warnOfVoidBudgets(config, models), ...warnOfUnknownNames(models), ...warnOfBarredModels(models)];
}

const budgetNames = ['SESSION_BUDGET_USD', 'USER_DAY_BUDGET_USD', 'DAY_BUDGET_USD'] as const;

/** The engine's own choice of a model whose prices nobody knows costs nothing, so that no budget ever ends. */
function warnOfVoidBudgets(config: Config, { keys, modelNames, own }: ModelsConfig): string[] {
  const budgets = budgetNames.filter((name) => config[name] !== undefined);
  if (budgets.length === 0) return [];
  return providers
    .filter(({ name }) => chooseKey(name, null, keys) !== undefined)
    .flatMap((provider) => {
      const model = modelNames[provider.name] ?? provider.defaultModel;
      if (findKnownModel(provider, model, own)?.prices) return [];
      const name = fullNameOf(provider.name, model);
      return [
        `${listWords(budgets, 'and')} will not hold for sessions with ${name}, the model that ${provider.modelVariable} ` +
          'names, since its prices are not known: say them in MODELS_FILE.',
      ];
    });
}

/** What begins with a pattern at LLM_BASE_URL, only the server there knows. */
function warnOfUnknownNames({ allowed = [], modelNames, own = {}, baseUrl }: ModelsConfig): string[] {
  const known = [
    ...providers.flatMap(({ name, knownModels }) => Object.keys(knownModels).map((model) => fullNameOf(name, model))),
    ...Object.entries(modelNames).map(([name, model]) => fullNameOf(name, model ?? '')),
    ...Object.keys(own),
  ];
  const isKnown = (pattern: string): boolean => {
    if (pattern.endsWith('*'))
      return baseUrl !== undefined || known.some((name) => name.startsWith(pattern.slice(0, -1)));
    const { provider: name, model } = readModelName(pattern, '');
    const provider = providers.find((one) => one.name === name);
    return known.includes(pattern) || (provider !== undefined && findKnownModel(provider, model) !== undefined);
  };
  const strange = allowed.filter((pattern) => !isKnown(pattern));
  if (strange.length === 0) return [];
  return [
    `ALLOWED_MODELS has ${listWords(strange, 'and')}, of which neither the engine nor MODELS_FILE knows a model: ` +
      'look whether that is what the provider calls it.',
  ];
}

function warnOfBarredModels(models: ModelsConfig): string[] {
  const barred = Object.keys(models.own ?? {}).filter((name) => !findChoosable(readModelName(name, ''), models).ok);
  if (barred.length === 0) return [];
  return [`MODELS_FILE has ${listWords(barred, 'and')}, which nobody can ask, since ALLOWED_MODELS has no such name.`];
}
