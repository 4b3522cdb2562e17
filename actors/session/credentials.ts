// What a session's caller gave it to work with: a key, and so its model; a git token; and what is masked because of them.
import { type Outcome, succeeded } from '../../schema/error.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { type SessionSecrets, type SessionSettings, secretTextsOf } from '../../schema/session.ts';
import type { Model } from '../models/model.ts';
import type { Models } from '../models/models.ts';

type KnownModels = Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;

export class Credentials {
  readonly #settings: SessionSettings;
  readonly #models: KnownModels;
  #secrets: SessionSecrets;
  #masking: Masking;
  #model: Model | undefined;

  constructor(settings: SessionSettings, secrets: SessionSecrets, models: KnownModels) {
    this.#settings = settings;
    this.#models = models;
    this.#secrets = secrets;
    this.#masking = this.#createMasking(secrets);
  }

  replaceSecrets(secrets: SessionSecrets): void {
    this.#secrets = secrets;
    this.#masking = this.#createMasking(secrets);
    this.#model = undefined;
  }

  /** Whether a script plays the agent, because nobody has a key for a real one. */
  get isMock(): boolean {
    return this.#models.isMock(this.#settings);
  }

  get gitToken(): string | null {
    return this.#secrets.gitToken;
  }

  get masking(): Masking {
    return this.#masking;
  }

  /** The model that is asked with the caller's key or the engine's; the same one until the secrets change. */
  chooseModel(): Outcome<Model> {
    if (this.#model) return succeeded(this.#model);
    const model = this.#models.of(this.#settings, this.#secrets);
    if (model.ok) this.#model = model.value;
    return model;
  }

  /** The engine's own secrets are masked for real agents only: a script's commands can't print them. */
  #createMasking(secrets: SessionSecrets): Masking {
    const ofEngine = this.isMock ? [] : this.#models.secrets;
    return new Masking([...secretTextsOf(secrets), ...this.#models.keys, ...ofEngine]);
  }
}
