// Writes valibot's schemas as JSON Schema 2020-12, the dialect of OpenAPI 3.1 and AsyncAPI 3.
import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { documentationOf } from './documented.ts';

/** Schemas that a document has once, under `#/components/schemas/`, by their names there. */
export type NamedSchemas = Record<string, v.GenericSchema>;

const config: ConversionConfig = {
  typeMode: 'input', // JSON Schema has no transformations, so the input is described.
  target: 'draft-2020-12',
  errorMode: 'ignore', // JSON Schema has no `check`; `documented` describes it where need be.
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (!('entries' in valibotSchema)) return undefined;
    // A later version may send more fields, which clients must not refuse.
    const { additionalProperties, ...open } = jsonSchema;
    const described = Object.entries(valibotSchema.entries as v.ObjectEntries).flatMap(([name, field]) => {
      const documented = documentationOf(field);
      return documented ? [[name, documented]] : [];
    });
    return { ...open, properties: { ...open.properties, ...Object.fromEntries(described) } };
  },
};

/** @param named schemas that are referred to by name */
export function jsonSchemaOf(schema: v.GenericSchema, named: NamedSchemas = {}): object {
  const described = documentationOf(schema);
  if (described) return described;
  const { $schema, $defs, ...jsonSchema } = toJsonSchema(schema, { ...config, definitions: named });
  return jsonSchema;
}

/** The content of `#/components/schemas/`. */
export const componentsOf = (named: NamedSchemas): Record<string, object> => toJsonSchemaDefs(named, config);

/** @returns a sentence about the first mismatch; undefined where the value is as declared */
export function findMismatch(schema: v.GenericSchema, value: unknown): string | undefined {
  const { issues } = v.safeParse(schema, value, { abortEarly: true });
  if (!issues) return undefined;
  const [issue] = issues;
  return `${v.getDotPath(issue) ?? 'It'}: ${issue.message}`;
}
