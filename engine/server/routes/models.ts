// REST for what can be chosen: models with their prices and abilities, tools, and the operator's limits.
import { listChoosable, takesAnyName } from '../../../actors/models/choosable-models.ts';
import { chooseKey } from '../../../actors/models/key.ts';
import { findKnownModel, unknownContextTokensMax } from '../../../actors/models/known-models.ts';
import { fullNameOf } from '../../../actors/models/open-model.ts';
import { providers } from '../../../actors/models/providers/registry.ts';
import type { ChoiceRules } from '../../../actors/session/check-choice.ts';
import { toolNames } from '../../../actors/tools/registry.ts';
import { efforts } from '../../../schema/choice.ts';
import { succeeded } from '../../../schema/error.ts';
import type { ListedModel } from '../../../schema/protocol/routes/models.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import type { ProviderName } from '../../../schema/session.ts';
import type { Handlers } from './handler.ts';

export type ModelRouteDependencies = { choices: ChoiceRules; defaultProvider: ProviderName };

export function makeModelHandlers({
  choices,
  defaultProvider,
}: ModelRouteDependencies): Handlers<Pick<Routes, 'listModels'>> {
  const listed = {
    models: listModels(choices),
    takesAnyName: takesAnyName(choices.models),
    defaultProvider,
    tools: [...toolNames],
    limits: { maxIterations: choices.iterationsMax, timeoutSeconds: choices.conversationTimeoutMs / 1_000 },
  };
  return { listModels: { handle: () => succeeded(listed) } };
}

const listModels = ({ models }: ChoiceRules): ListedModel[] =>
  listChoosable(models).flatMap(({ provider: name, model }) => {
    const provider = providers.find((registered) => registered.name === name);
    if (!provider) return [];
    const known = findKnownModel(provider, model, models.own);
    const thinks = provider.thinks(model);
    return {
      model: fullNameOf(name, model),
      provider: name,
      isDefault: model === (models.modelNames[name] ?? provider.defaultModel),
      needsKey: chooseKey(name, null, models.keys) === undefined,
      contextTokens: known?.contextTokensMax ?? unknownContextTokensMax,
      prices: known?.prices ?? null,
      abilities: { tools: true, sees: known?.seesImages ?? true, thinks, efforts: thinks ? [...efforts] : [] },
    };
  });
