// The kinds of fields that clients send: in a body, a frame, a query or a header.
import * as v from 'valibot';
import { limits } from '../limits.ts';
import { cleanText } from '../rules/text.ts';
import { documented } from './documented.ts';

// Transformations come last, since the documents show only what stands before one.

export const text = (charsMax: number) => v.pipe(v.string(), v.maxLength(charsMax), v.transform(cleanText));

/** Text that is neither empty nor blank. */
export const nonBlankText = (charsMax: number) =>
  v.pipe(v.string(), v.maxLength(charsMax), v.regex(/\S/, 'must not be empty'), v.transform(cleanText));

export const idText = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.idCharsMax), v.transform(cleanText));

/** A key or token, trimmed since pasted ones often end with a line break. */
export const secretText = v.pipe(v.string(), v.maxLength(limits.secretCharsMax), v.trim());

/** An optional text; '' and null count as absent, since clients of the reference send them. */
export const emptyAsAbsent = <Schema extends v.GenericSchema<string, string>>(schema: Schema) =>
  v.pipe(
    v.nullish(schema),
    v.transform((given): string | undefined => given || undefined),
  );

/** The id that a client gives a command, by which a repeated one is known. */
export const commandId = emptyAsAbsent(text(limits.idCharsMax));

/** Files of the workspace that come with a message, by their paths. */
export const attachedPaths = v.nullish(
  v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(limits.pathCharsMax))),
    v.maxLength(limits.attachmentsMax),
    v.description('Paths of files in the workspace, as uploaded before; images among them are shown to the model'),
  ),
);

/** A whole number in a query, where it comes as text. */
export const wholeNumberText = (min: number, max: number, fallback: number) =>
  documented(
    v.pipe(
      v.optional(v.string(), String(fallback)),
      v.regex(/^-?\d{1,15}$/, 'must be a whole number'),
      v.transform(Number),
      v.check((value) => value >= min && value <= max, `must be from ${min} to ${max}`),
    ),
    { type: 'integer', minimum: min, maximum: max, default: fallback },
  );

/** A day in a query, as `2026-02-17`. */
export const dayText = documented(v.optional(v.pipe(v.string(), v.check(isDay, 'must be a day such as 2026-02-17'))), {
  type: 'string',
  format: 'date',
});

/** Days that no calendar has, such as February 30, become others when they are read. */
function isDay(given: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(given)) return false;
  const atMs = Date.parse(given);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(given);
}
