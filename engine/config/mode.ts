// The mode of the engine: real agents in containers or folders, or a script where there is no key.
import { fullNameOf } from '../../actors/models/open-model.ts';
import { providers } from '../../actors/models/providers/registry.ts';
import type { Mode } from '../../schema/session.ts';
import type { ModelsConfig, Proxies, SandboxConfig } from '../../schema/thread.ts';
import { type Config, engineSecretsOf } from '../config.ts';
import { type KeyVariable, keyNames } from './provider-variables.ts';

type Keys = Pick<Config, KeyVariable>;

/** The engine's own keys, for those providers that it has one for. */
export const ownKeysOf = (keys: Keys): string[] =>
  keyNames
    .map((name) => keys[name])
    .filter((key) => key !== undefined)
    .filter((key) => key !== '');

/** Whether there is a key, or a server that needs none: its key is empty. */
export const hasKey = (keys: Keys): boolean => keyNames.some((name) => keys[name] !== undefined);

/** The configuration without the engine's keys where there is no sandbox: a script plays the agents then. */
export const playableConfigOf = <Keyed extends Keys>(config: Keyed, sandbox: SandboxConfig['kind']): Keyed =>
  sandbox === 'none' ? { ...config, ...Object.fromEntries(keyNames.map((name) => [name, undefined])) } : config;

/** The mode of sessions without a key of their own; callers who bring one have a real agent in every mode. */
export function modeOf(config: Keys, sandbox: SandboxConfig['kind']): Mode {
  if (!hasKey(config)) return 'mock';
  return sandbox === 'docker' || sandbox === 'kubernetes' ? 'full' : 'local';
}

export const modelsConfigOf = (config: Config): ModelsConfig => ({
  keys: {
    ...Object.fromEntries(providers.map(({ name, keyVariable }) => [name, config[keyVariable]])),
    llm: config.LLM_API_KEY,
  },
  secrets: engineSecretsOf(config),
  modelNames: Object.fromEntries(providers.map(({ name, modelVariable }) => [name, config[modelVariable]])),
  allowed: config.ALLOWED_MODELS,
  own: config.MODELS_FILE,
  baseUrl: config.LLM_BASE_URL,
});

/** The proxies that the engine itself goes through; undefined where there is none. */
export const proxiesOf = ({ HTTP_PROXY, HTTPS_PROXY, NO_PROXY }: Config): Proxies | undefined =>
  HTTP_PROXY === undefined && HTTPS_PROXY === undefined
    ? undefined
    : { http: HTTP_PROXY, https: HTTPS_PROXY, except: NO_PROXY };

/** The model of a session that names no provider, as `GET /` shows it. */
export function defaultModelNameOf(config: Config): string {
  const name = config.DEFAULT_MODEL_PROVIDER;
  return fullNameOf(name, modelsConfigOf(config).modelNames[name] ?? '');
}
