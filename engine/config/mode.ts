// What kind of sessions there are here: real agents in containers or folders, or a script for want of a key.
import { fullNameOf } from '../../actors/models/open-model.ts';
import { providers } from '../../actors/models/providers/registry.ts';
import type { Mode } from '../../schema/session.ts';
import type { ModelsConfig, Proxies, SandboxConfig } from '../../schema/thread.ts';
import { type Config, engineSecretsOf } from '../config.ts';
import { type KeyVariable, keyNames } from './provider-variables.ts';

type Keys = Pick<Config, KeyVariable>;

/** The engine's own keys, for whichever providers it has any. */
export const ownKeysOf = (keys: Keys): string[] =>
  keyNames.map((name) => keys[name]).filter((key) => key !== undefined);

export const hasKey = (keys: Keys): boolean => ownKeysOf(keys).length > 0;

/** Where agents can act nowhere, the engine's own keys are no use: a script plays them. */
export const playableConfigOf = <Keyed extends Keys>(config: Keyed, sandbox: SandboxConfig['kind']): Keyed =>
  sandbox === 'none' ? { ...config, ...Object.fromEntries(keyNames.map((name) => [name, undefined])) } : config;

/** Callers who bring a key have a real agent in every mode. */
export function modeOf(config: Keys, sandbox: SandboxConfig['kind']): Mode {
  if (!hasKey(config)) return 'mock';
  return sandbox === 'docker' ? 'full' : 'local';
}

export const modelsConfigOf = (config: Config): ModelsConfig => ({
  keys: {
    ...Object.fromEntries(providers.map(({ name, keyVariable }) => [name, config[keyVariable]])),
    llm: config.LLM_API_KEY,
  },
  secrets: engineSecretsOf(config),
  modelNames: Object.fromEntries(providers.map(({ name, modelVariable }) => [name, config[modelVariable]])),
  baseUrl: config.LLM_BASE_URL,
});

/** The engine's own way out; undefined where it leads through no proxy. */
export const proxiesOf = ({ HTTP_PROXY, HTTPS_PROXY, NO_PROXY }: Config): Proxies | undefined =>
  HTTP_PROXY === undefined && HTTPS_PROXY === undefined
    ? undefined
    : { http: HTTP_PROXY, https: HTTPS_PROXY, except: NO_PROXY };

/** The model of a session that names no provider, as `GET /` shows it. */
export function defaultModelNameOf(config: Config): string {
  const name = config.DEFAULT_MODEL_PROVIDER;
  return fullNameOf(name, modelsConfigOf(config).modelNames[name] ?? '');
}
