// What a session's caller gave it to work with: a key, and so its model; a git token; and what is masked because of them.
import type { Choice } from '../../schema/choice.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { McpServerSecrets } from '../../schema/mcp.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { type SessionSecrets, type SessionSettings, secretTextsOf } from '../../schema/session.ts';
import type { Model } from '../models/model.ts';
import type { Models } from '../models/models.ts';

type KnownModels = Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;

/** Models of a session that are kept open: what was learned of a model is worth keeping while people go back and forth. */
const openModelsMax = 8;

export class Credentials {
  readonly #settings: SessionSettings;
  readonly #models: KnownModels;
  #secrets: SessionSecrets;
  #masking: Masking;
  /** By what was chosen. */
  readonly #open = new Map<string, Model>();

  constructor(settings: SessionSettings, secrets: SessionSecrets, models: KnownModels) {
    this.#settings = settings;
    this.#models = models;
    this.#secrets = secrets;
    this.#masking = this.#createMasking(secrets);
  }

  replaceSecrets(secrets: SessionSecrets): void {
    this.#secrets = secrets;
    this.#masking = this.#createMasking(secrets);
    this.#open.clear();
  }

  /** Whether a script plays the agent, because nobody has a key for a real one. */
  get isMock(): boolean {
    return this.#models.isMock(this.#settings);
  }

  get gitToken(): string | null {
    return this.#secrets.gitToken;
  }

  /** Undefined where the server has none, or they were in memory only and are gone. */
  findMcpSecrets(server: string): McpServerSecrets | undefined {
    const { mcp = {} } = this.#secrets;
    return Object.hasOwn(mcp, server) ? mcp[server] : undefined;
  }

  get masking(): Masking {
    return this.#masking;
  }

  /** The model that is asked with the caller's key or the engine's; the same one for the same choice until the secrets change. */
  chooseModel(choice: Choice = this.#settings): Outcome<Model> {
    const chosen = JSON.stringify([choice.model, choice.effort]);
    const known = this.#open.get(chosen);
    if (known) return succeeded(known);
    const model = this.#models.of(this.#settings, this.#secrets, choice);
    if (!model.ok) return model;
    if (this.#open.size >= openModelsMax) this.#open.clear();
    this.#open.set(chosen, model.value);
    return model;
  }

  /** The engine's own secrets are masked for real agents only: a script's commands can't print them. */
  #createMasking(secrets: SessionSecrets): Masking {
    const ofEngine = this.isMock ? [] : this.#models.secrets;
    return new Masking([...secretTextsOf(secrets), ...this.#models.keys, ...ofEngine]);
  }
}
