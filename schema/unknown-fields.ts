// Finds the fields of an input that nobody reads, so that a misspelled one is told and not silently without effect.
import { type Failure, failed } from './error.ts';
import { cleanText, cutText } from './rules/text.ts';

/** Characters of an unknown name that a sentence repeats, and names that it is told of at once. */
const nameCharsMax = 60;
const namesMax = 10;

type Code = 'invalid' | 'unknownField';

/**
 * @param fields what there is
 * @returns what to tell of the first few; undefined where all are known
 * @param unheeded what clients send that nothing is done with, and that is no mistake
 */
export function findUnknownFields(
  { entries }: { entries: object },
  given: unknown,
  code: Code,
  unheeded: readonly string[] = [],
): Failure | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(entries, name) && !unheeded.includes(name));
  const message = `is no field here; there are ${Object.keys(entries).join(', ')}`;
  const errors = unknown.slice(0, namesMax).map((name) => ({ path: cutText(cleanText(name), nameCharsMax), message }));
  const [first] = errors;
  return first && failed(code, `${first.path} ${message}.`, { errors }).failure;
}
