// The providers' variables, made from the registry: for the configuration, and for the files that list variables.
import * as v from 'valibot';
import { findProvider, providerNames, providers } from '../../actors/models/providers/registry.ts';
import { listWords } from '../../schema/rules/text.ts';

type Registered = (typeof providers)[number];
export type KeyVariable = Registered['keyVariable'] | 'LLM_API_KEY';

const text = v.pipe(v.string(), v.minLength(1));
/** A key that somebody pasted, often with a line break behind it. */
const pastedKey = v.pipe(v.string(), v.trim(), v.minLength(1));

const keyVariable = { accepts: 'text', isSecret: true, schema: pastedKey } as const;
const modelVariableOf = (fallback: string) => ({ accepts: 'the name of a model', fallback, schema: text }) as const;

/** The engine's own keys: one for each provider, and one for all that have none. */
export const keyNames: readonly KeyVariable[] = [...providers.map((provider) => provider.keyVariable), 'LLM_API_KEY'];

export const keyVariables = Object.fromEntries(keyNames.map((name) => [name, keyVariable])) as Record<
  KeyVariable,
  typeof keyVariable
>;

export const modelVariables = Object.fromEntries(
  providers.map((provider) => [provider.modelVariable, modelVariableOf(provider.defaultModel)]),
) as Record<Registered['modelVariable'], ReturnType<typeof modelVariableOf>>;

type ProviderChoice = Partial<Record<KeyVariable, string | undefined>> & {
  DEFAULT_MODEL_PROVIDER: string;
  LLM_BASE_URL?: string | undefined;
};

/**
 * An empty key for the provider that is asked by default, where it is a server at LLM_BASE_URL that may need none and
 * nobody has given one.
 */
export function keylessOf(given: ProviderChoice): Partial<Record<KeyVariable, string>> {
  const provider = findProvider(given.DEFAULT_MODEL_PROVIDER);
  const variable = keyNames.find((name) => name === provider?.keyVariable);
  if (!provider?.isAskedWithoutKey || variable === undefined || given.LLM_BASE_URL === undefined) return {};
  return (given[variable] ?? given.LLM_API_KEY) === undefined ? { [variable]: '' } : {};
}

const labels = providers.map(({ label }) => label);

/** The lines of `.env.example` about the providers. */
export const exampleLines = (): string[] => [
  `# Keys for ${listWords(labels, 'and')}, and one that is used for whichever has none of its own.`,
  ...keyNames.map((name) => `#${name}=`),
  '',
  `# Which of them a session uses that doesn't say: ${listWords(providerNames, 'or')}.`,
  `#DEFAULT_MODEL_PROVIDER=${providers[0].name}`,
  '',
  '# The models that are asked.',
  ...providers.map(({ modelVariable, defaultModel }) => `#${modelVariable}=${defaultModel}`),
];

/** The lines of `docker-compose.yml` that pass the providers' variables on. */
export const composeLines = (): string[] =>
  [...keyNames, ...providers.map(({ modelVariable }) => modelVariable)].map((name) => `      ${name}: \${${name}:-}`);

const beginning = 'npm run write:variables writes these lines from the registry of providers.';
const end = 'The registry of providers ends here.';

/** The file with these lines between its two marks; the marks stay. */
export function replaceLines(file: string, lines: readonly string[]): string {
  const marked = new RegExp(`^( *# ${RegExp.escape(beginning)}\\n)[^]*?^( *# ${RegExp.escape(end)})$`, 'm');
  if (!marked.test(file)) throw new Error(`The file has no lines between "# ${beginning}" and "# ${end}".`);
  return file.replace(marked, (_, first: string, last: string) => `${first}${lines.join('\n')}\n${last}`);
}
