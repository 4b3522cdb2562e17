// The providers of models: one line each. Variables, checks of keys, prices and the names that clients may give follow from it.
import { listWords } from '../../../schema/rules/text.ts';
import { anthropic } from './anthropic/anthropic.ts';
import { google } from './google/google.ts';
import { openai } from './openai/openai.ts';
import type { Provider } from './provider.ts';

export const providers = [
  anthropic, // The first is asked for sessions that name none, unless DEFAULT_MODEL_PROVIDER says otherwise.
  google,
  openai,
] as const satisfies readonly Provider[];

export const providerNames: readonly string[] = providers.map(({ name }) => name);

/** As `"a", "b" or "c"`. */
export const providerChoices: string = listWords(
  providerNames.map((name) => `"${name}"`),
  'or',
);

/** For a request that names another. */
export const badProviderSentence = `The model provider must be ${providerChoices}.`;

/** @returns undefined where there is none of that name */
export const findProvider = (name: string): Provider | undefined =>
  providers.find((provider) => provider.name === name);
