// The models of a host's sessions: asked with the caller's key or the engine's; without any, a script plays the agent.
import type { Choice } from '../../schema/choice.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { SessionSecrets, SessionSettings } from '../../schema/session.ts';
import type { ModelsConfig } from '../../schema/thread.ts';
import { readModelName } from './choosable-models.ts';
import { chooseKey, needsScript } from './key.ts';
import type { Model } from './model.ts';
import { openModel } from './open-model.ts';
import { badProviderSentence, findProvider } from './providers/registry.ts';
import { ScriptedModel } from './scripted-model.ts';

const keyIsGoneFailure = failed(
  'keyIsGone',
  'The API key of this session was in memory only and is gone; attach to the session with it again.',
);

const keyIsSealedFailure = failed(
  'keyIsGone',
  "The API key of this session is stored, but the engine's ENCRYPTION_KEY does not open it; attach to the session with it again.",
);

export class Models {
  readonly #config: ModelsConfig;
  readonly #script: Model;

  constructor(config: ModelsConfig, mockStepDelayMs: number) {
    this.#config = config;
    this.#script = new ScriptedModel(mockStepDelayMs);
  }

  /** The engine's own keys, which must be masked too. */
  get keys(): string[] {
    return Object.values(this.#config.keys)
      .filter((key) => key !== undefined)
      .filter((key) => key !== '');
  }

  /** All secrets of the engine, which must be masked too. */
  get secrets(): readonly string[] {
    return this.#config.secrets ?? [];
  }

  isMock(settings: SessionSettings): boolean {
    return needsScript(settings, this.#config.keys);
  }

  /** A caller's own key is never replaced by the engine's: the caller would not know who pays. */
  of(settings: SessionSettings, { apiKey, areUnreadable }: SessionSecrets, choice: Choice = settings): Outcome<Model> {
    const { hasOwnKey } = settings;
    const named = choice.model === undefined ? undefined : readModelName(choice.model, settings.provider);
    const provider = findProvider(named?.provider ?? settings.provider);
    if (this.isMock(settings)) return succeeded(this.#script);
    if (hasOwnKey === true && apiKey === null) return areUnreadable ? keyIsSealedFailure : keyIsGoneFailure;
    if (!provider) return failed('badProvider', badProviderSentence);
    const key = chooseKey(provider.name, apiKey, this.#config.keys);
    if (key === undefined) return keyIsGoneFailure;
    const { effort } = choice;
    return succeeded(openModel({ provider, apiKey: key, settings: this.#config, model: named?.model, effort }));
  }
}
