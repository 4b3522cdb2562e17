// What a model may give a tool, as JSON Schema: the part of it that Anthropic and Google both read.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** Checks that JSON Schema can't say are left out, so it never refuses what the tool accepts. */
export function inputSchemaOf(input: v.GenericSchema): Record<string, unknown> {
  let schema = schemaByInput.get(input);
  if (!schema) {
    schema = { ...toJsonSchema(input, { errorMode: 'ignore', typeMode: 'input', target: 'openapi-3.0' }) };
    schemaByInput.set(input, schema);
  }
  return schema;
}

/** Made once for each tool. */
const schemaByInput = new WeakMap<v.GenericSchema, Record<string, unknown>>();
