// Checks what people choose against what there is: models, tools, and the operator's limits.
import type { Choice } from '../../schema/choice.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { PolicyRule } from '../../schema/policy.ts';
import type { ProviderName, SessionSettings } from '../../schema/session.ts';
import type { HostConfig } from '../../schema/thread.ts';
import { findChoosable, type NamedModel, readModelName } from '../models/choosable-models.ts';
import { chooseKey, type EngineKeys } from '../models/key.ts';
import { findKnownModel } from '../models/known-models.ts';
import { fullNameOf } from '../models/open-model.ts';
import { findProvider, providerNames } from '../models/providers/registry.ts';
import { serverSeparator } from '../tools/offered-tools.ts';
import { toolNames } from '../tools/registry.ts';
import { findStrangePattern } from '../tools/tool-pattern.ts';

export type ChoiceRules = Pick<HostConfig, 'models' | 'iterationsMax' | 'conversationTimeoutMs' | 'budgets'>;

/** Whose session it is that something is chosen for. */
type Chooser = Pick<SessionSettings, 'provider' | 'hasOwnKey' | 'model' | 'budgetUsd'>;

type Wrong = { path: string; message: string };

/** @returns the choice with its model as `provider/model`; `invalid`, and what there is, where it can't be had */
export function checkChoice(choice: Choice, chooser: Chooser, rules: ChoiceRules): Outcome<Choice> {
  const model = choice.model === undefined ? undefined : checkModel(choice.model, chooser, rules);
  if (model && !model.ok) return model;
  const [wrong] = [
    ...findWrongTools(choice),
    ...findWrongLimits(choice, rules),
    ...findWrongBudget(choice, chooser, rules),
  ];
  if (wrong) return failed('invalid', `${wrong.path} ${wrong.message}.`, { errors: [wrong] });
  return succeeded({ ...choice, ...(model && { model: fullNameOf(model.value.provider, model.value.model) }) });
}

function checkModel(asked: string, chooser: Chooser, { models }: ChoiceRules): Outcome<NamedModel> {
  const found = findChoosable(readModelName(asked, chooser.provider), models);
  if (!found.ok) return found;
  if (found.value.provider === chooser.provider) return checkKey(found.value, chooser, models);
  if (chooser.hasOwnKey === true) return refuseModel(`must be one of ${chooser.provider}, whose key the session has`);
  if (isPlayed(chooser, models) || chooseKey(found.value.provider, null, models.keys) !== undefined) return found;
  return refuseModel(`must be of another provider: the engine has no key for ${found.value.provider}`);
}

/** Who names a model wants that one, and no script in its place, where the engine has real ones at all. */
function checkKey(named: NamedModel, chooser: Chooser, models: HostConfig['models']): Outcome<NamedModel> {
  const missing = isPlayed(chooser, models) ? findMissingKey(named.provider, models.keys) : undefined;
  return missing === undefined ? succeeded(named) : refuseModel(missing);
}

/** @returns undefined where the engine has a key for the provider, or none at all, so that a script plays everything */
export function findMissingKey(provider: ProviderName, keys: EngineKeys): string | undefined {
  const withKey = providerNames.filter((name) => chooseKey(name, null, keys) !== undefined);
  if (withKey.length === 0 || withKey.includes(provider)) return undefined;
  return `needs a key for ${provider}, which the engine has not: bring one in apiKey, or take ${withKey.join(', ')}`;
}

const refuseModel = (message: string): Outcome<never> =>
  failed('invalid', `model ${message}.`, { errors: [{ path: 'model', message }] });

/** The tools of servers are known once they are asked. */
function findWrongTools({ tools = [] }: Choice): Wrong[] {
  const at = tools.findIndex((name) => !toolNames.includes(name) && !name.includes(serverSeparator));
  if (at === -1) return [];
  const own = toolNames.join(', ');
  return [
    {
      path: `tools.${at}`,
      message: `must be one of ${own}, or a tool of a server such as server${serverSeparator}tool`,
    },
  ];
}

/** A rule for a tool that there isn't would never fit, and what it denies would run. */
export function findStrangeRule(rules: readonly PolicyRule[] = []): Wrong | undefined {
  const strange = findStrangePattern(rules.map(({ tool }) => tool));
  return strange && { path: `policy.rules.${strange.at}.tool`, message: strange.message };
}

function findWrongLimits({ iterationsMax, timeoutMs, budgetUsd }: Choice, rules: ChoiceRules): Wrong[] {
  const wrong: Wrong[] = [];
  const compare = (path: string, asked: number | undefined, max: number) => {
    if (asked !== undefined && asked > max) wrong.push({ path, message: `must be at most ${max} at this engine` });
  };
  compare('maxIterations', iterationsMax, rules.iterationsMax);
  compare('timeoutSeconds', timeoutMs && timeoutMs / 1_000, rules.conversationTimeoutMs / 1_000);
  compare('budgetUsd', budgetUsd, rules.budgets.sessionUsd ?? Number.POSITIVE_INFINITY);
  return wrong;
}

/** What a model costs whose prices nobody knows can't be kept within a budget; a script costs nothing. */
function findWrongBudget(choice: Choice, chooser: Chooser, { models, budgets }: ChoiceRules): Wrong[] {
  const isBound = (choice.budgetUsd ?? chooser.budgetUsd) !== undefined || isBoundByOperator(choice, chooser, budgets);
  if (!isBound || isPlayed(chooser, models)) return [];
  const asked = choice.model ?? chooser.model;
  const { provider: name, model } = asked
    ? readModelName(asked, chooser.provider)
    : { provider: chooser.provider, model: models.modelNames[chooser.provider] };
  const provider = findProvider(name);
  if (!provider || findKnownModel(provider, model ?? provider.defaultModel, models.own)?.prices) return [];
  const path = choice.budgetUsd === undefined ? 'model' : 'budgetUsd';
  return [{ path, message: `needs a model whose prices are known, which those of ${name}/${model} aren't` }];
}

/** The operator's own choice of a model is theirs to make; a key of the user's own is the user's to spend. */
const isBoundByOperator = ({ model }: Choice, { hasOwnKey }: Chooser, budgets: ChoiceRules['budgets']): boolean =>
  model !== undefined && hasOwnKey !== true && Object.values(budgets).some((budgetUsd) => budgetUsd !== undefined);

/** Whether a script plays the agent. */
const isPlayed = ({ provider, hasOwnKey }: Chooser, { keys }: HostConfig['models']): boolean =>
  hasOwnKey !== true && chooseKey(provider, null, keys) === undefined;
