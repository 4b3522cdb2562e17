// How much of the schemas of a server's tools is read: they are of any size, and a host's thread reads them.

/** Characters of one schema as it is given, and of all that a server gives: many times what a model reads of them. */
const schemaCharsMax = 64 * 1024;
const serverCharsMax = 512 * 1024;
/** Parts of schemas of one server that are followed, references included. */
const serverPartsMax = 5_000;

/** What is left of it for the schemas that come next. */
export type SchemaBounds = { chars: number; parts: number };

export const openSchemaBounds = (): SchemaBounds => ({ chars: serverCharsMax, parts: serverPartsMax });

/** @returns whether it may be read; counts it, if so */
export function takeSchema(schema: unknown, bounds: SchemaBounds): boolean {
  const max = Math.min(schemaCharsMax, bounds.chars);
  const chars = measure(schema, max);
  if (chars > max) return false;
  bounds.chars -= chars;
  return true;
}

/** Characters of its JSON, about; stops once there are more than that. */
function measure(value: unknown, max: number): number {
  const open: unknown[] = [value];
  let chars = 0;
  while (open.length > 0 && chars <= max) {
    const part = open.pop();
    chars += typeof part === 'string' ? part.length + 2 : 4;
    if (typeof part !== 'object' || part === null) continue;
    for (const key in part) {
      chars += key.length + 3;
      if (chars > max) break;
      open.push((part as Record<string, unknown>)[key]);
    }
  }
  return chars;
}
