// The model of a session: its provider's, asked with its key.
import type { ProviderName } from '../../schema/session.ts';
import type { Model } from './model.ts';
import { type Ask, type ModelBounds, VendorModel } from './vendor-model.ts';

export type ModelSettings = {
  anthropicModel: string;
  googleModel: string;
  /** Where the vendors are asked; absent for their own addresses. Without a slash at the end. */
  anthropicBaseUrl?: string | undefined;
  googleBaseUrl?: string | undefined;
  /** For tests: smaller than in life. */
  bounds?: Partial<ModelBounds>;
};

export type OpenModel = { provider: ProviderName; apiKey: string; settings: ModelSettings };

/** Its vendor's package is loaded when it is first asked: 27 MB and half a second a thread for Anthropic's. */
export function openModel({ provider, apiKey, settings }: OpenModel): Model {
  const name = modelNameOf(provider, settings);
  const load = () => loaders[provider](apiKey, settings);
  return new VendorModel({ name, apiKey, load, ...(settings.bounds && { bounds: settings.bounds }) });
}

/** As `GET /` shows it. */
export const modelNameOf = (
  provider: ProviderName,
  { anthropicModel, googleModel }: Pick<ModelSettings, 'anthropicModel' | 'googleModel'>,
): string => `${provider}/${provider === 'anthropic' ? anthropicModel : googleModel}`;

const loaders: Record<ProviderName, (apiKey: string, settings: ModelSettings) => Promise<Ask>> = {
  anthropic: async (apiKey, { anthropicModel, anthropicBaseUrl }) => {
    const { makeAnthropicAsk: anthropicAsk } = await import('./providers/anthropic/ask-anthropic.ts');
    return anthropicAsk({ apiKey, model: anthropicModel, baseUrl: anthropicBaseUrl });
  },
  google: async (apiKey, { googleModel, googleBaseUrl }) => {
    const { makeGoogleAsk: googleAsk } = await import('./providers/google/ask-google.ts');
    return googleAsk({ apiKey, model: googleModel, baseUrl: googleBaseUrl });
  },
};
