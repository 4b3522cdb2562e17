// The kinds of fields that clients send: in a body, a frame, a query or a header.
import * as v from 'valibot';
import { limits } from '../limits.ts';
import { cleanText } from '../rules/text.ts';
import { documented } from './documented.ts';

// A document knows what stands before a transformation, and nothing of what stands behind it: so transformations come last.

export const text = (charsMax: number) => v.pipe(v.string(), v.maxLength(charsMax), v.transform(cleanText));

/** Text that says something: an empty or blank one is refused. */
export const nonBlankText = (charsMax: number) =>
  v.pipe(v.string(), v.maxLength(charsMax), v.regex(/\S/, 'must not be empty'), v.transform(cleanText));

export const idText = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.idCharsMax), v.transform(cleanText));

/** Keys and tokens are pasted, often with a line break behind them; no key has one of its own. */
export const secretText = v.pipe(v.string(), v.maxLength(limits.secretCharsMax), v.trim());

/** An optional text that clients of the reference send as '' or null where they have none: both mean absent. */
export const emptyAsAbsent = <Schema extends v.GenericSchema<string, string>>(schema: Schema) =>
  v.pipe(
    v.nullish(schema),
    v.transform((given): string | undefined => given || undefined),
  );

/** The name that a client gives a command, so that a repeated one is known. */
export const commandId = emptyAsAbsent(text(limits.idCharsMax));

/** A whole number of a query: it comes as text. */
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
