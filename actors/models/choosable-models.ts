// Which models people can choose, by their names, and which model of which provider a name means.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ProviderName } from '../../schema/session.ts';
import type { ModelsConfig } from '../../schema/thread.ts';
import { findKnownModel } from './known-models.ts';
import { fullNameOf } from './open-model.ts';
import { findProvider, providers } from './providers/registry.ts';

/** A model, and the provider that is asked for it. */
export type NamedModel = { provider: ProviderName; model: string };

export type ModelRules = Pick<ModelsConfig, 'modelNames' | 'baseUrl' | 'allowed' | 'own'>;

/** @param asked `provider/model`, or a name of the session's provider, which may have slashes itself */
export function readModelName(asked: string, sessionProvider: ProviderName): NamedModel {
  const [first = '', ...rest] = asked.split('/');
  if (rest.length > 0 && findProvider(first)) return { provider: first, model: rest.join('/') };
  return { provider: sessionProvider, model: asked };
}

/** The names that there are: known ones, the engine's own choices, and those that the operator lists; in this order. */
export function listChoosable(rules: ModelRules): NamedModel[] {
  const all = providers.flatMap(({ name, knownModels, defaultModel }) =>
    [rules.modelNames[name] ?? defaultModel, ...Object.keys(knownModels)].map((model) => ({ provider: name, model })),
  );
  const listed = [...Object.keys(rules.own ?? {}), ...(rules.allowed ?? [])]
    .filter((pattern) => !pattern.endsWith('*'))
    .map((name) => readModelName(name, ''))
    .filter(({ provider }) => provider !== '');
  const byName = new Map([...all, ...listed].map((named) => [fullNameOf(named.provider, named.model), named]));
  return [...byName.values()].filter((named) => isAllowed(named, rules));
}

/** Whether names can be chosen that nobody knows here: the operator has the models elsewhere. */
export const takesAnyName = ({ baseUrl, allowed }: ModelRules): boolean => baseUrl !== undefined && !allowed;

/** @returns `invalid` with what there is where the model can't be chosen */
export function findChoosable(named: NamedModel, rules: ModelRules): Outcome<NamedModel> {
  const { provider, model } = named;
  const isElsewhere = rules.baseUrl !== undefined && isPlainName(model);
  if (isAllowed(named, rules) && (isElsewhere || isKnown(named, rules))) return succeeded(named);
  const message = `is not to be had here as ${fullNameOf(provider, model)}; there are ${namesOf(rules)}`;
  return failed('invalid', `model ${message}.`, { errors: [{ path: 'model', message }] });
}

/** Providers' packages write names into the paths of their requests: none may lead elsewhere. */
const isPlainName = (model: string): boolean =>
  /^[\w./:@+-]+$/.test(model) && !model.split('/').some((part) => part === '.' || part === '..');

const namesOf = (rules: ModelRules): string =>
  listChoosable(rules)
    .map(({ provider, model }) => fullNameOf(provider, model))
    .join(', ');

/** Known by its name with or without a date, chosen by the engine itself, or listed by the operator. */
function isKnown({ provider, model }: NamedModel, { modelNames, allowed = [], own }: ModelRules): boolean {
  const found = findProvider(provider);
  if (!found) return false;
  if (findKnownModel(found, model, own) || (modelNames[provider] ?? found.defaultModel) === model) return true;
  return allowed.includes(fullNameOf(provider, model));
}

/** The engine's own choice is always allowed, since sessions that choose nothing have it. */
function isAllowed({ provider, model }: NamedModel, { modelNames, allowed }: ModelRules): boolean {
  if (!allowed || modelNames[provider] === model) return true;
  const name = fullNameOf(provider, model);
  return allowed.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
