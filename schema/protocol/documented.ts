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
