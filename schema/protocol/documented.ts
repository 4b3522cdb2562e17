// Documentation of values whose schema can't give it: a number that comes as text, a name of a closed set.
import * as v from 'valibot';

/** @param described the JSON Schema of the input, in place of the one made from `schema` */
export const documented = <Schema extends v.GenericSchema>(schema: Schema, described: object) =>
  v.pipe(schema, v.metadata({ documented: described }));

/** @returns the JSON Schema that was given; undefined where it is made from the schema */
export function documentationOf(schema: Parameters<typeof v.getMetadata>[0]): object | undefined {
  const { documented: described } = v.getMetadata(schema) as { documented?: object };
  return described;
}

/** A placeholder in an `enum` for the names of all providers, which `schema/` doesn't know. */
export const allProviders = '{providers}';

/** The document with the providers' names in place of the placeholder. */
export const nameProviders = <Document extends object>(document: Document, names: readonly string[]): Document =>
  JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    Array.isArray(value) && value.includes(allProviders)
      ? value.flatMap((item) => (item === allProviders ? names : [item]))
      : value,
  );
