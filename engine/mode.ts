// What kind of sessions there are here: real agents in containers or folders, or a script for want of a key.
import type { Mode, Provider } from '../schema/session.ts';
import type { ModelsConfig, SandboxConfig } from '../schema/thread.ts';
import type { Config } from './config.ts';

type Keys = Pick<Config, 'ANTHROPIC_API_KEY' | 'GOOGLE_API_KEY' | 'LLM_API_KEY'>;

/** Whether the engine has a key of its own, for any vendor. */
export const hasKey = ({ ANTHROPIC_API_KEY, GOOGLE_API_KEY, LLM_API_KEY }: Keys): boolean =>
  (ANTHROPIC_API_KEY ?? GOOGLE_API_KEY ?? LLM_API_KEY) !== undefined;

/** Callers who bring a key have a real agent in every mode. */
export function modeOf(config: Keys, sandbox: SandboxConfig['kind']): Mode {
  if (!hasKey(config)) return 'mock';
  return sandbox === 'docker' ? 'full' : 'local';
}

export const modelsConfigOf = (config: Config): ModelsConfig => ({
  keys: { anthropic: config.ANTHROPIC_API_KEY, google: config.GOOGLE_API_KEY, llm: config.LLM_API_KEY },
  anthropicModel: config.ANTHROPIC_MODEL,
  googleModel: config.GOOGLE_MODEL,
  anthropicBaseUrl: config.LLM_BASE_URL,
  googleBaseUrl: config.LLM_BASE_URL,
});

export const baseUrlOf = (config: ModelsConfig, provider: Provider): string | undefined =>
  provider === 'google' ? config.googleBaseUrl : config.anthropicBaseUrl;
