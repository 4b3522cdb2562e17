// Which key a session's model is asked with.
import type { ProviderName, SessionSettings } from '../../schema/session.ts';
import type { ModelsConfig } from '../../schema/thread.ts';

/** The engine's own keys: one for each provider, and one for all that have none. */
export type EngineKeys = ModelsConfig['keys'];

/** The caller's own key, then the provider's, then the general one; empty where the provider is asked without one. */
export const chooseKey = (provider: ProviderName, callerKey: string | null, keys: EngineKeys): string | undefined =>
  callerKey || keys[provider] || keys.llm || keys[provider];

/** Whether nobody has a key for a session, so that a script plays its agent. */
export const needsScript = ({ provider, hasOwnKey }: SessionSettings, keys: EngineKeys): boolean =>
  hasOwnKey !== true && chooseKey(provider, null, keys) === undefined;

/** Whether a header can carry it: no line break, no typographic quote. */
export const canBeSent = (key: string): boolean => /^[\x21-\x7e]+$/.test(key);
