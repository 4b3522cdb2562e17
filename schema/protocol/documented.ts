// What a document says of a value whose own schema can't say it: a number that comes as text, a name of a closed set.
import * as v from 'valibot';

/** @param described JSON Schema of the input, in place of what would be read off `schema` */
export const documented = <Schema extends v.GenericSchema>(schema: Schema, described: object) =>
  v.pipe(schema, v.metadata({ documented: described }));

/** @returns undefined where the schema speaks for itself */
export function documentationOf(schema: Parameters<typeof v.getMetadata>[0]): object | undefined {
  const { documented: described } = v.getMetadata(schema) as { documented?: object };
  return described;
}

/** Stands in an `enum` for the names of all providers of models, which shapes don't know. */
export const allProviders = '{providers}';

/** The same document, with their names. */
export const nameProviders = <Document extends object>(document: Document, names: readonly string[]): Document =>
  JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    Array.isArray(value) && value.includes(allProviders)
      ? value.flatMap((item) => (item === allProviders ? names : [item]))
      : value,
  );
