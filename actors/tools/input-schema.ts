// Writes a tool's input as JSON Schema, in the keywords that Anthropic and Google both read.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** Leaves out checks that JSON Schema can't express, so that it never refuses what the tool accepts. */
export function inputSchemaOf(input: v.GenericSchema): Record<string, unknown> {
  let schema = schemaByInput.get(input);
  if (!schema) {
    schema = { ...toJsonSchema(input, { errorMode: 'ignore', typeMode: 'input', target: 'openapi-3.0' }) };
    schemaByInput.set(input, schema);
  }
  return schema;
}

const schemaByInput = new WeakMap<v.GenericSchema, Record<string, unknown>>();
