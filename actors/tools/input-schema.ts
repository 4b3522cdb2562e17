// What a model may give a tool, as JSON Schema: the part of it that Anthropic and Google both read.
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';

/** Checks that JSON Schema can't say are left out, so it never refuses what the tool accepts. */
export const inputSchemaOf = (input: v.GenericSchema): Record<string, unknown> => ({
  ...toJsonSchema(input, { errorMode: 'ignore', typeMode: 'input', target: 'openapi-3.0' }),
});
