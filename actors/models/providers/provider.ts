// The declaration of a provider of models, which every thread loads: it imports no provider's package.
import type { KnownModel } from '../known-models.ts';
import type { Ask } from '../provider-model.ts';

/** `unknown`: the provider could not be asked, or said neither yes nor no. Such a key is to be tried. */
export type KeyVerdict = 'ok' | 'wrong' | 'unknown';

/** Whom a model is asked of. `baseUrl` has no slash at its end. */
export type AskSettings = { apiKey: string; model: string; baseUrl: string };

export type Provider = {
  /** As clients, rows and the provider's folder name it. */
  readonly name: string;
  /** As people know it. */
  readonly label: string;
  /** The variable of the engine's own key. Variables with this ending are secret before any configuration is read. */
  readonly keyVariable: `${string}_API_KEY`;
  /** What its keys begin with, so that no message shows one that it quotes. */
  readonly keyPrefixes: readonly string[];
  /** The variable that names the model that is asked, and the model where it is not set. */
  readonly modelVariable: `${string}_MODEL`;
  readonly defaultModel: string;
  /** Where it is asked unless LLM_BASE_URL says otherwise; without a slash at its end. */
  readonly baseUrl: string;
  /** Whether a server at LLM_BASE_URL that speaks as this provider may need no key. */
  readonly isAskedWithoutKey?: boolean;
  /** The cheapest request that tells whether the provider takes a key. */
  readonly keyCheck: {
    readonly path: string;
    headersOf(apiKey: string): Record<string, string>;
    /** @param body its beginning, as long as a provider's error can be */
    verdictOf(status: number, body: string): KeyVerdict;
  };
  /** By name, without the date of a snapshot. */
  readonly knownModels: { readonly [model: string]: KnownModel };
  /** Whether a model thinks when it is asked to, by its name. */
  thinks(model: string): boolean;
  /** What makes its requests; called when a model is first asked, since a provider's package takes time and memory. */
  load(): Promise<(settings: AskSettings) => Ask>;
};
