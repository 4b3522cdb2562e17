// What kind of sessions there are here: real agents in containers or folders, or a script for want of a key.
import type { Mode, ProviderName } from '../../schema/session.ts';
import type { ModelsConfig, Proxies, SandboxConfig } from '../../schema/thread.ts';
import { type Config, engineSecretsOf } from '../config.ts';

type Keys = Pick<Config, 'ANTHROPIC_API_KEY' | 'GOOGLE_API_KEY' | 'LLM_API_KEY'>;

/** The engine's own keys, for whichever vendors it has any. */
export const ownKeysOf = ({ ANTHROPIC_API_KEY, GOOGLE_API_KEY, LLM_API_KEY }: Keys): string[] =>
  [ANTHROPIC_API_KEY, GOOGLE_API_KEY, LLM_API_KEY].filter((key) => key !== undefined);

export const hasKey = (keys: Keys): boolean => ownKeysOf(keys).length > 0;

/** Where agents can act nowhere, the engine's own keys are no use: a script plays them. */
export const playableConfigOf = <Keyed extends Keys>(config: Keyed, sandbox: SandboxConfig['kind']): Keyed =>
  sandbox === 'none'
    ? { ...config, ANTHROPIC_API_KEY: undefined, GOOGLE_API_KEY: undefined, LLM_API_KEY: undefined }
    : config;

/** Callers who bring a key have a real agent in every mode. */
export function modeOf(config: Keys, sandbox: SandboxConfig['kind']): Mode {
  if (!hasKey(config)) return 'mock';
  return sandbox === 'docker' ? 'full' : 'local';
}

export const modelsConfigOf = (config: Config): ModelsConfig => ({
  keys: { anthropic: config.ANTHROPIC_API_KEY, google: config.GOOGLE_API_KEY, llm: config.LLM_API_KEY },
  secrets: engineSecretsOf(config),
  anthropicModel: config.ANTHROPIC_MODEL,
  googleModel: config.GOOGLE_MODEL,
  anthropicBaseUrl: config.LLM_BASE_URL,
  googleBaseUrl: config.LLM_BASE_URL,
});

/** The engine's own way out; undefined where it leads through no proxy. */
export const proxiesOf = ({ HTTP_PROXY, HTTPS_PROXY, NO_PROXY }: Config): Proxies | undefined =>
  HTTP_PROXY === undefined && HTTPS_PROXY === undefined
    ? undefined
    : { http: HTTP_PROXY, https: HTTPS_PROXY, except: NO_PROXY };

export const baseUrlOf = (config: ModelsConfig, provider: ProviderName): string | undefined =>
  provider === 'google' ? config.googleBaseUrl : config.anthropicBaseUrl;
