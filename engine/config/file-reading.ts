// How an operator's file becomes the value of a variable: read, or refused with what is wrong with it.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { reasonOf } from '../../schema/reason-of.ts';

/** `problem` goes on after the file's name, as in "in which rules is wrong". */
export type FileRead<Value> = { ok: true; value: Value } | { ok: false; problem: string };

export const refuseFile = (problem: string): FileRead<never> => ({ ok: false, problem });

/** @param error of the file system, or of a parser */
export const refuseUnreadable = (error: unknown, form = ''): FileRead<never> =>
  refuseFile(`which can't be read${form}: ${reasonOf(error)}`);

export function readJsonFile<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
): FileRead<v.InferOutput<Schema>> {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuseUnreadable(error, ' as JSON');
  }
  const parsed = v.safeParse(schema, given);
  if (parsed.success) return { ok: true, value: parsed.output };
  const [issue] = parsed.issues;
  return refuseFile(`in which ${v.getDotPath(issue) ?? 'the whole'} is wrong: ${issue.message}`);
}

const typeOfProblem = 'raw_transform';

/** A path whose content is the value; what can't be read isn't accepted. */
export const readBy = <Value>(read: (path: string) => FileRead<Value>) =>
  v.pipe(
    v.string(),
    v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
      const file = read(dataset.value);
      if (file.ok) return file.value;
      addIssue({ message: file.problem });
      return NEVER;
    }),
  );

/** @returns what is wrong with the file that a value names; undefined for other values */
export const findFileProblem = (issues: readonly v.BaseIssue<unknown>[]): string | undefined =>
  issues.find(({ type }) => type === typeOfProblem)?.message;
