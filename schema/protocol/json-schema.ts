// Valibot's schemas as JSON Schema 2020-12, the dialect of OpenAPI 3.1 and AsyncAPI 3.
import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { documentationOf } from './documented.ts';

/** Schemas that stand once in a document, under `#/components/schemas/`, by their names there. */
export type NamedSchemas = Record<string, v.GenericSchema>;

const config: ConversionConfig = {
  typeMode: 'input', // Transformations can't be written as JSON Schema; what comes over the wire is what matters here.
  target: 'draft-2020-12',
  errorMode: 'ignore', // A `check` has no counterpart: what it means is said by `documented`, or by its message alone.
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (!('entries' in valibotSchema)) return undefined;
    // No other fields are sent today, but a later version may: a client must not refuse what it doesn't know.
    const { additionalProperties, ...open } = jsonSchema;
    const described = Object.entries(valibotSchema.entries as v.ObjectEntries).flatMap(([name, field]) => {
      const documented = documentationOf(field);
      return documented ? [[name, documented]] : [];
    });
    return { ...open, properties: { ...open.properties, ...Object.fromEntries(described) } };
  },
};

/** @param named those among them are referred to by their names */
export function jsonSchemaOf(schema: v.GenericSchema, named: NamedSchemas = {}): object {
  const described = documentationOf(schema);
  if (described) return described;
  const { $schema, $defs, ...jsonSchema } = toJsonSchema(schema, { ...config, definitions: named });
  return jsonSchema;
}

/** What stands under `#/components/schemas/`. */
export const componentsOf = (named: NamedSchemas): Record<string, object> => toJsonSchemaDefs(named, config);

/** @returns what about a value isn't as declared, in one sentence; undefined where all is */
export function findMismatch(schema: v.GenericSchema, value: unknown): string | undefined {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  if (!issues) return undefined;
  const [issue] = issues;
  return `${v.getDotPath(issue) ?? 'It'}: ${issue.message}`;
}
