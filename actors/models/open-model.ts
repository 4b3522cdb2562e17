// The model of a session: its provider's, asked with its key.
import type { Effort } from '../../schema/choice.ts';
import type { ProviderName } from '../../schema/session.ts';
import type { ModelsConfig } from '../../schema/thread.ts';
import { findKnownModel } from './known-models.ts';
import type { Model } from './model.ts';
import { type ModelBounds, ProviderModel } from './provider-model.ts';
import type { Provider } from './providers/provider.ts';
import { providers } from './providers/registry.ts';

type ModelSettings = Pick<ModelsConfig, 'modelNames' | 'baseUrl' | 'own'> & {
  /** Smaller ones for tests. */
  bounds?: Partial<ModelBounds>;
};

export type OpenModel = {
  provider: Provider;
  apiKey: string;
  settings: ModelSettings;
  /** The name that the provider knows; the engine's own choice where absent. */
  model?: string | undefined;
  effort?: Effort | undefined;
};

/** The provider's package is loaded when the model is first asked: 27 MB and half a second a thread for Anthropic's. */
export function openModel({ provider, apiKey, settings, model: asked, effort }: OpenModel): Model {
  const { modelNames, own, baseUrl = provider.baseUrl, bounds } = settings;
  const model = asked ?? modelNames[provider.name] ?? provider.defaultModel;
  return new ProviderModel({
    name: fullNameOf(provider.name, model),
    apiKey,
    keyPrefixes,
    known: findKnownModel(provider, model, own),
    effort,
    load: async () => (await provider.load())({ apiKey, model, baseUrl }),
    ...(bounds && { bounds }),
  });
}

/** As `GET /` shows it. */
export const fullNameOf = (provider: ProviderName, model: string): string => `${provider}/${model}`;

/** Of all providers: the server at LLM_BASE_URL may quote any of their keys. */
const keyPrefixes: readonly string[] = providers.flatMap((provider) => provider.keyPrefixes);
