// JSON Schema for tests, as far as the tools use it: what it accepts, and which keywords it uses.

type Schema = Record<string, unknown>;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
};

/** What each word asks of a value of the type that it is about; those that only describe ask nothing. */
const words: Record<string, (value: unknown, asked: never) => boolean> = {
  type: (value, asked: string) => types[asked]?.(value) ?? false,
  enum: (value, asked: unknown[]) => asked.includes(value),
  minLength: (value, asked: number) => typeof value !== 'string' || [...value].length >= asked,
  minimum: (value, asked: number) => typeof value !== 'number' || value >= asked,
  minItems: (value, asked: number) => !Array.isArray(value) || value.length >= asked,
  maxItems: (value, asked: number) => !Array.isArray(value) || value.length <= asked,
  items: (value, asked: Schema) => !Array.isArray(value) || value.every((item) => doesSchemaAccept(asked, item)),
  required: (value, asked: string[]) => !isObject(value) || asked.every((key) => Object.hasOwn(value, key)),
  properties: (value, asked: Record<string, Schema>) =>
    !isObject(value) || Object.entries(value).every(([key, part]) => !asked[key] || doesSchemaAccept(asked[key], part)),
  oneOf: (value, asked: Schema[]) => asked.filter((schema) => doesSchemaAccept(schema, value)).length === 1,
  anyOf: (value, asked: Schema[]) => asked.some((schema) => doesSchemaAccept(schema, value)),
  description: () => true,
  default: () => true,
};

/** @throws on a word that is not known here */
export const doesSchemaAccept = (schema: Schema, value: unknown): boolean =>
  Object.entries(schema).every(([word, asked]) => {
    const check = words[word];
    if (!check) throw new Error(`The schema has a word that is not known: ${word}.`);
    return check(value, asked as never);
  });

/** The words of a schema and of all schemas in it. */
export function listWords(schema: Schema): Set<string> {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema as Record<string, never>;
  const inner = [...Object.values<Schema>(properties), ...(items ? [items] : []), ...[anyOf, oneOf].flat()];
  return new Set([...Object.keys(schema), ...inner.flatMap((part) => [...listWords(part)])]);
}
