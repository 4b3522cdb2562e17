// Checks untrusted input against a valibot schema, and names the wrong parts in the form of the catalogue of errors.
import * as v from 'valibot';
import { type ErrorCode, failed, type Outcome, succeeded } from './error.ts';
import { limits } from './limits.ts';

/** @returns the parsed value, or a failure of `code` whose `errors` name each wrong path */
export function validate<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  code: ErrorCode = 'invalid',
): Outcome<v.InferOutput<Schema>> {
  // valibot takes an array for an object whose fields are all optional.
  if (schema.type === 'object' && Array.isArray(input))
    return failed(code, notAnObject.message, { errors: [notAnObject] });
  const result = v.safeParse(schema, input);
  if (result.success) return succeeded(result.output);
  const errors = result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: sentenceOf(issue) }));
  const [first] = errors;
  const detail = first?.path ? `${first.path}: ${first.message}` : (first?.message ?? 'The input is invalid.');
  return failed(code, detail, { errors });
}

const notAnObject = { path: '', message: 'must be an object' };

/** The names of types for people who write JSON. */
const names: Record<string, string> = {
  Object: 'an object',
  Array: 'an array',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
};

/** A sentence about a wrong part, never with its text, which may be a secret or a megabyte. */
function sentenceOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'min_value') return `must be at least ${String(issue.requirement)}`;
  if (issue.type === 'max_value') return `must be at most ${String(issue.requirement)}`;
  if (issue.type === 'integer') return 'must be a whole number';
  if (issue.type === 'max_length')
    return `must be at most ${String(issue.requirement)} ${Array.isArray(issue.input) ? 'items' : 'characters'}`;
  if (issue.kind === 'schema' && issue.received === 'undefined') return 'is required';
  if (issue.expected === 'never') return 'is no field here';
  if (issue.type === 'union' && !issue.message.startsWith('Invalid type')) return issue.message;
  if (issue.type === 'picklist')
    return `must be one of ${issue.expected?.replace(/^\(|"|\)$/g, '').replaceAll(' | ', ', ')}`;
  if (issue.type === 'min_length' && issue.requirement === 1) return 'must not be empty';
  if (issue.kind === 'schema') return `must be ${names[issue.expected ?? ''] ?? issue.expected ?? 'of another shape'}`;
  return issue.type === 'regex' || issue.type === 'check' ? issue.message : `must be ${issue.expected ?? 'valid'}`;
}

/** Parses JSON whose nesting is bounded. */
export function parseJson(text: string, code: ErrorCode): Outcome<unknown> {
  if (depthOf(text) > limits.jsonDepthMax)
    return failed(code, `The JSON is nested deeper than ${limits.jsonDepthMax} levels.`);
  try {
    return succeeded(JSON.parse(text));
  } catch {
    return failed(code, 'This is not valid JSON.');
  }
}

/** The deepest nesting of brackets outside of strings. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === 92 /* \ */) at++;
      else if (unit === 34 /* " */) inString = false;
    } else if (unit === 34) inString = true;
    else if (unit === 123 /* { */ || unit === 91 /* [ */) deepest = Math.max(deepest, ++depth);
    else if (unit === 125 /* } */ || unit === 93 /* ] */) depth--;
  }
  return deepest;
}
